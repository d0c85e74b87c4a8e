import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { interpolated, variablesIn } from '../../src/compose/variables.ts'
import type { Probe } from '../../src/probe.ts'
import { composeModel, parseCompose } from '../../src/probes/compose.ts'
import { testSession } from '../support/session.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`

describe('parseCompose', () => {
  it('reads the compose file of the reference release without a problem', () => {
    const model = parseCompose(readFileSync('fixtures/compose/docker-compose.prod.yml', 'utf8'))
    expect(model.problems).toEqual([])
    const hooks = model.services.find(({ name }) => name === 'hook-receiver')
    expect(hooks).toMatchObject({
      digest: expect.stringMatching(/^sha256:/),
      dependsOn: { postgres: 'service_healthy', redis: 'service_healthy', kafka: 'service_healthy' },
      hasHealthCheck: true,
      logDriver: 'json-file',
      envFiles: ['.env.production'],
      ports: [{ address: '127.0.0.1', published: `\${HOOK_RECEIVER_PORT}`, target: '8001' }],
    })
    expect(model.variables).toContainEqual({ name: 'HOOK_RECEIVER_PORT', isRequired: true })
  })

  it('understands the short and the long forms', () => {
    const { services, problems } = parseCompose(`
services:
  a:
    image: a@${DIGEST}
    ports: ["80:8080", "127.0.0.1:81:8081/tcp", "[::1]:82:8082", 8083, {target: 84, published: "85", host_ip: 10.0.0.1}]
    environment: [ONE=1, TWO]
    env_file: one.env
    depends_on: [b]
    deploy: { resources: { limits: { memory: 1g, cpus: "0.5" } } }
    healthcheck: { test: ["NONE"] }
    volumes: ["./x:/x", "named:/y", {type: bind, source: /z, target: /z}]
  b: { image: b, environment: {ONE: 1, TWO: null}, env_file: [{path: two.env}] }
volumes: {named: }
`)
    expect(problems).toEqual([])
    expect(services[0]).toMatchObject({
      digest: DIGEST,
      ports: [
        { address: '', published: '80', target: '8080' },
        { address: '127.0.0.1', published: '81', target: '8081' },
        { address: '::1', published: '82', target: '8082' },
        { address: '', published: '', target: '8083' },
        { address: '10.0.0.1', published: '85', target: '84' },
      ],
      environment: { ONE: '1', TWO: '' },
      envFiles: ['one.env'],
      dependsOn: { b: 'service_started' },
      memoryLimit: '1g',
      cpuLimit: '0.5',
      hasHealthCheck: false,
      mounts: ['./x', 'named', '/z'],
    })
    expect(services[1]).toMatchObject({ digest: '', environment: { ONE: '1', TWO: '' }, envFiles: ['two.env'] })
  })

  it('names every reference to something that is not defined', () => {
    const { problems } = parseCompose(
      'services: { a: { build: ., depends_on: [b], networks: [n], secrets: [s], volumes: ["v:/v", "./ok:/ok"] } }',
    )
    expect(problems).toEqual([
      'a names no image',
      'a refers to the service b, which is not defined',
      'a refers to the network n, which is not defined',
      'a refers to the secret s, which is not defined',
      'a refers to the volume v, which is not defined',
    ])
  })

  it.each([
    ['broken YAML', 'services: [', /Flow sequence/],
    ['no services', 'name: x', /services/],
    ['a service of the wrong shape', 'services: { a: { image: [1] } }', /services\.a\.image/],
    ['a duplicate key', 'services: {}\nservices: {}', /unique/],
  ])('says what is wrong with %s', (_, text, problem) => {
    expect(parseCompose(text).problems.join()).toMatch(problem)
  })

  it('puts values in as compose does', () => {
    const values = new Map([
      ['A', 'a'],
      ['EMPTY', ''],
    ])
    const text = `$A \${A} \${B:-b} \${EMPTY:-c} \${EMPTY-d} \${A:+e} \${B+f} $$A \${B:-\${A}}`
    expect(interpolated(text, values)).toBe('a a b c  e  $A a')
    expect(parseCompose(`services: { a: { image: "a:\${A}" } }`, values).services[0]?.image).toBe('a:a')
  })

  it('tells variables with something to fall back to from those without', () => {
    expect(variablesIn(`$A \${B:-x} \${C:?must} \${B} $$D`)).toEqual([
      { name: 'A', isRequired: true },
      { name: 'B', isRequired: true },
      { name: 'C', isRequired: true },
    ])
    expect(variablesIn(`\${B-x}`)).toEqual([{ name: 'B', isRequired: false }])
  })
})

describe('composeModel', () => {
  const file = (facts: { exists?: boolean; text?: string; truncated?: boolean }) => {
    const source: Probe<{ path: string; exists: boolean; text: string; truncated: boolean }> = {
      kind: 'host',
      access: { system: 'host', address: 'h', operation: 'collect', effect: 'read', reproduce: 'sh' },
      deadlineMs: 1_000,
      read: async () => ({ value: { path: '/c.yml', exists: true, text: '', truncated: false, ...facts }, raw: 'raw' }),
    }
    return composeModel(source).read(testSession())
  }

  it('reads what another observation holds', async () => {
    expect((await file({ text: 'services: { a: { image: a } }' })).value).toMatchObject({
      problems: [],
      services: [{ name: 'a' }],
    })
  })

  it('answers with a problem where the file is missing or cut', async () => {
    expect((await file({ exists: false })).value.problems).toEqual(['/c.yml does not exist'])
    expect((await file({ truncated: true })).value.problems).toEqual(['/c.yml is too long to be read whole'])
  })
})
