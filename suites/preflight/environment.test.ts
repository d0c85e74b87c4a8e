import { z } from 'zod'
import { check } from '../../src/check.ts'
import { promised } from '../../src/probe.ts'
import { hostFact } from '../../src/probes/host.ts'
import { sql } from '../../src/probes/postgres.ts'
import { assigned, differing, numberOf } from '../support/environment-file.ts'
import { ENVIRONMENT_VARIABLES, PUBLISHED_PORTS, portVariable } from '../support/environment-variables.ts'
import { innerPort } from '../support/inner-ports.ts'
import { modeProblem } from '../support/mode.ts'

check(
  'PRE-50',
  'The environment file is there, and only its owner may change it.',
  (target) => promised(hostFact(target, 'services', 'envFile')),
  (file, { expect }) => {
    assigned(file, expect)
    expect([modeProblem(file, 0o022) ?? []].flat(), 'what others than the owner may do').toEqual([])
  },
)

check(
  'PRE-51',
  'Every line of the environment file is one complete assignment, and no variable is set twice.',
  (target) => hostFact(target, 'services', 'envFile'),
  (file, { expect }) => {
    const { problems, duplicates } = assigned(file, expect)
    const found = [
      ...problems.map(({ line, text }) => `line ${line}: ${text}`),
      ...duplicates.map(({ key, lines }) => `${key} is set on lines ${lines.join(' and ')}`),
    ]
    expect(found, 'malformed or doubled assignments').toEqual([])
  },
)

check(
  'PRE-52',
  'The environment file sets every variable of the runbook, each with a value of its type.',
  (target) => hostFact(target, 'services', 'envFile'),
  (file, { expect }) => {
    const { values } = assigned(file, expect)
    const problems = Object.entries(ENVIRONMENT_VARIABLES).flatMap(([key, type]) => {
      const value = values.get(key)
      if (value === undefined) return [`${key} is not set`]
      return type.safeParse(value).error?.issues.map(({ message }) => `${key} is "${value}": ${message}`) ?? []
    })
    expect(problems, 'variables that are missing or of another type').toEqual([])
  },
)

check(
  'PRE-53',
  'The environment file sets no variable that the runbook and the target file do not know.',
  (target) => hostFact(target, 'services', 'envFile'),
  (file, { target, expect }) => {
    const known = new Set([...Object.keys(ENVIRONMENT_VARIABLES), ...target.spec.expect.variables])
    const unknown = assigned(file, expect).assignments.filter(({ key }) => !known.has(key))
    expect(
      unknown.map(({ key, line }) => `${key} on line ${line}`),
      'unknown variables',
    ).toEqual([])
  },
)

check(
  'PRE-54',
  'The environment file holds no secret.',
  (target) => hostFact(target, 'services', 'envFile'),
  (file, { expect }) => {
    const { assignments } = assigned(file, expect)
    const secret = assignments.filter(({ value }) => value.includes('[kept on the host') || looksLikeSecret(value))
    expect(
      secret.map(({ key, line }) => `${key} on line ${line}`),
      'variables that hold a secret',
    ).toEqual([])
    // As a yes or no: the text itself must not get into the report.
    expect(/-----BEGIN [A-Z ]*PRIVATE KEY/.test(file.text), 'a private key is in it').toBe(false)
  },
)

/** Long, without blanks or punctuation of names and addresses, and as mixed as only chance makes it. */
function looksLikeSecret(value: string): boolean {
  const isToken = /^[A-Za-z0-9+/_-]{20,}={0,2}$/.test(value) && /\d/.test(value) && /[A-Za-z]/.test(value)
  return isToken && !value.startsWith('/') && new Set(value).size >= 10
}

check(
  'PRE-55',
  'The environment file names the right environment, switches TLS on and takes the API key from a file.',
  (target) => hostFact(target, 'services', 'envFile'),
  (file, { target, expect }) => {
    const env = assigned(file, expect)
    const problems = differing(env, { ENVIRONMENT: target.spec.expect.environment, ENABLE_TLS: 'true' })
    if (env.values.get('API_KEY_FILE')?.startsWith('/') !== true) problems.push('API_KEY_FILE names no file')
    expect(problems, 'settings of the environment').toEqual([])
  },
)

check(
  'PRE-56',
  'The services log as JSON, and not at DEBUG level.',
  (target) => hostFact(target, 'services', 'envFile'),
  (file, { expect }) => {
    const { values } = assigned(file, expect)
    expect(values.get('LOG_FORMAT'), 'LOG_FORMAT').toBe('json')
    expect(values.get('LOG_LEVEL'), 'LOG_LEVEL').toMatch(/^(INFO|WARN|WARNING|ERROR|CRITICAL)$/)
  },
)

check(
  'PRE-57',
  'The ports in the environment file differ from one another, and those of the services are the ones at which the target file finds them.',
  (target) => hostFact(target, 'services', 'envFile'),
  (file, { target, expect }) => {
    const env = assigned(file, expect)
    const wanted = target.services.map(({ name, url }) => [portVariable(name), String(innerPort(target.spec, url))] as const)
    expect(wanted, 'services of the target').not.toEqual([])
    expect(differing(env, Object.fromEntries(wanted)), 'ports of the services').toEqual([])
    const holders = Map.groupBy(PUBLISHED_PORTS, (key) => env.values.get(key))
    const shared = [...holders].flatMap(([port, keys]) =>
      port !== undefined && keys.length > 1 ? [`${keys.join(' and ')} are both ${port}`] : [],
    )
    expect(shared, 'ports that are taken twice').toEqual([])
  },
)

check(
  'PRE-58',
  'The database and the role in the environment file are the ones that the database answers as.',
  (target) => ({
    file: hostFact(target, 'services', 'envFile'),
    session: sql(target.part('postgres'), {
      operation: 'SELECT current_database(), current_user',
      text: 'SELECT current_database() AS database, current_user AS role',
      row: z.object({ database: z.string(), role: z.string() }),
    }),
  }),
  ({ file, session }, { expect }) => {
    const [said] = session
    expect(session, 'rows').toHaveLength(1)
    const wanted = { POSTGRES_DB: said?.database ?? '', POSTGRES_USER: said?.role ?? '' }
    expect(differing(assigned(file, expect), wanted), 'database and role').toEqual([])
  },
)

check(
  'PRE-59',
  'All connection pools together stay below the connections that the database grants to ordinary roles.',
  (target) => ({
    file: hostFact(target, 'services', 'envFile'),
    settings: sql(target.part('postgres'), {
      operation: 'SELECT max_connections and the reserved ones FROM pg_settings',
      text: "SELECT name, setting FROM pg_settings WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections')",
      row: z.object({ name: z.string(), setting: z.coerce.number() }),
    }),
  }),
  ({ file, settings }, { target, expect, measure }) => {
    const env = assigned(file, expect)
    const problems: string[] = []
    const perService = numberOf(env, 'WORKERS_PER_SERVICE', problems) * numberOf(env, 'POOL_SIZE', problems)
    expect(problems, 'sizes of the pools').toEqual([])
    const wanted = perService * target.services.length
    const of = (name: string): number => settings.find((setting) => setting.name === name)?.setting ?? 0
    const granted = of('max_connections') - of('superuser_reserved_connections') - of('reserved_connections')
    measure({
      name: 'connections that all pools may open',
      unit: 'connections',
      value: wanted,
      limit: granted,
      sampleCount: 1,
      series: [],
    })
    expect(wanted, 'connections that all pools may open').toBeGreaterThan(0)
    expect(wanted, `connections that all pools may open, of ${granted} granted`).toBeLessThan(granted)
  },
)

check(
  'PRE-60',
  'MAX_CONNECTIONS fits twice into the open files that the services may have: a client and what is asked on its behalf.',
  (target) => ({ file: hostFact(target, 'services', 'envFile'), limits: hostFact(target, 'services', 'limits') }),
  ({ file, limits }, { expect }) => {
    const problems: string[] = []
    const connections = numberOf(assigned(file, expect), 'MAX_CONNECTIONS', problems)
    expect(problems, 'MAX_CONNECTIONS').toEqual([])
    const pairs = limits.engine.length > 0 ? limits.engine.map(({ nofile }) => nofile) : [limits.session.nofile]
    const files = Math.min(...pairs.map(({ soft }) => soft ?? Number.POSITIVE_INFINITY))
    expect(connections, 'MAX_CONNECTIONS').toBeGreaterThan(0)
    expect(2 * connections, `descriptors for ${connections} connections, of ${files} allowed`).toBeLessThanOrEqual(files)
  },
)
