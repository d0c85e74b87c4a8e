import { check } from '../../src/check.ts'
import type { Facts } from '../../src/host/facts.ts'
import type { Cause } from '../../src/outcome.ts'
import { promised } from '../../src/probe.ts'
import { hostFact } from '../../src/probes/host.ts'
import { http } from '../../src/probes/http.ts'
import { login } from '../../src/probes/postgres-login.ts'
import { redisLogin } from '../../src/probes/redis.ts'
import { serviceRequest } from '../support/endpoint.ts'
import { modeProblem } from '../support/mode.ts'
import { diskProblems, neededSecrets, noSecret, onDisk } from '../support/secrets.ts'

const DAY_SECONDS = 86_400

check(
  'PRE-65',
  'Every secret that the product needs is a file with content in the secrets directory.',
  (target) => promised(hostFact(target, 'services', 'secretFiles')),
  ({ directory, files }, { target, expect }) => {
    const needed = target.spec.names.secrets
    expect(directory.type, directory.path).toBe('directory')
    expect(needed, 'secrets that the target names').not.toEqual([])
    const problems = needed.flatMap((name) => {
      const file = files.find(({ path }) => path === `${directory.path}/${name}`)
      if (file === undefined || !file.exists) return [`${name} is missing`]
      if (file.type !== 'file') return [`${name} is a ${file.type}, not a file`]
      return file.size === 0 ? [`${name} is empty`] : []
    })
    expect(problems, 'secrets that are missing or empty').toEqual([])
  },
)

check(
  'PRE-66',
  'Only the owner may read or change a secret, and that owner is root or the one who owns the secrets directory.',
  (target) => hostFact(target, 'services', 'secretFiles'),
  ({ directory, files }, { expect }) => {
    expect(files.length, `files in ${directory.path}`).toBeGreaterThan(0)
    const problems = files.flatMap((file) => [
      ...(file.type === 'file' ? [modeProblem(file, 0o077) ?? []] : []).flat(),
      ...([directory.owner, 'root'].includes(file.owner) ? [] : [`${file.path} belongs to ${file.owner}`]),
    ])
    expect([modeProblem(directory, 0o077) ?? [], ...problems].flat(), 'what others than the owner may do').toEqual([])
    expect(Number.parseInt(directory.mode, 8) & 0o100, `the owner may enter ${directory.path}`).toBe(0o100)
  },
)

check(
  'PRE-67',
  'Every secret is long and mixed enough not to be guessed.',
  (target) => hostFact(target, 'services', 'secretContents'),
  (contents, judging) => {
    const length = judging.atLeast('secret.length', 32, 'characters')
    const distinct = judging.atLeast('secret.distinct', 12, 'distinct characters')
    const problems = neededSecrets(contents, judging).flatMap((secret) => [
      ...(secret.length < length ? [`${secret.name} has ${secret.length} characters, at least ${length} expected`] : []),
      ...(secret.distinct < distinct
        ? [`${secret.name} has ${secret.distinct} distinct characters, at least ${distinct} expected`]
        : []),
    ])
    judging.expect(problems, 'secrets that could be guessed').toEqual([])
  },
)

check(
  'PRE-68',
  'No secret holds blanks, and at most one line end stands behind it.',
  (target) => hostFact(target, 'services', 'secretContents'),
  (contents, judging) => {
    const problems = neededSecrets(contents, judging).flatMap(({ name, whitespace, trailingNewlines }) => [
      ...(whitespace ? [`${name} holds a blank, a tab, a carriage return or a line end`] : []),
      ...(trailingNewlines === 'several' ? [`${name} ends in several line ends`] : []),
    ])
    judging.expect(problems, 'secrets that a reader would get wrong').toEqual([])
  },
)

check(
  'PRE-69',
  'No secret is a known default password.',
  (target) => hostFact(target, 'services', 'secretContents'),
  (contents, judging) => {
    const known = neededSecrets(contents, judging).filter(({ knownDefault }) => knownDefault)
    judging
      .expect(
        known.map(({ name }) => name),
        'secrets that are known defaults',
      )
      .toEqual([])
  },
)

check(
  'PRE-70',
  'No two secrets are equal.',
  (target) => hostFact(target, 'services', 'secretContents'),
  (contents, judging) => {
    const groups = Map.groupBy(neededSecrets(contents, judging), ({ saltedHash }) => saltedHash)
    const equal = [...groups.values()]
      .filter((group) => group.length > 1)
      .map((group) => group.map(({ name }) => name).join(' = '))
    judging.expect(equal, 'secrets that are equal').toEqual([])
  },
)

check(
  'PRE-71',
  'No secret stands in the process list.',
  (target) => hostFact(target, 'services', 'secretContents'),
  (contents, judging) => {
    const secrets = neededSecrets(contents, judging)
    const seen = secrets.filter(({ inProcessArguments }) => inProcessArguments === true)
    judging
      .expect(
        seen.map(({ name }) => name),
        'secrets among the arguments of a process',
      )
      .toEqual([])
    if (secrets.some(({ inProcessArguments }) => inProcessArguments === null)) judging.unobserved(hiddenProcesses(contents))
  },
)

check(
  'PRE-72',
  'No secret stands in the environment of a process, those in containers included.',
  (target) => hostFact(target, 'services', 'secretContents'),
  (contents, judging) => {
    const secrets = neededSecrets(contents, judging)
    const seen = secrets.filter(({ inProcessEnvironment }) => inProcessEnvironment === true)
    judging
      .expect(
        seen.map(({ name }) => name),
        'secrets in the environment of a process',
      )
      .toEqual([])
    if (secrets.some(({ inProcessEnvironment }) => inProcessEnvironment === null)) judging.unobserved(hiddenProcesses(contents))
  },
)

function hiddenProcesses({ lacking }: Pick<Facts<'secretContents'>, 'lacking'>): Cause {
  const todo = lacking ?? 'run it as a root that may trace processes, such as that of the host itself'
  return {
    id: 'host:processes-of-others',
    text: `the account of this run may not see what belongs to the processes of others; ${todo}`,
  }
}

check(
  'PRE-73',
  'Every secret was changed within the rotation period.',
  (target) => hostFact(target, 'services', 'secretFiles'),
  ({ directory, files }, { target, expect, atMost, unobserved, now }) => {
    const days = atMost('secret.ageDays', 365, 'days')
    const needed = files.filter(({ path }) => target.spec.names.secrets.some((name) => path === `${directory.path}/${name}`))
    if (needed.length === 0) unobserved(noSecret(target))
    const old = needed.flatMap(({ path, modified }) => {
      const age = (now.getTime() / 1_000 - modified) / DAY_SECONDS
      return age > days ? [`${path} was last changed ${Math.floor(age)} days ago, at most ${days} expected`] : []
    })
    expect(old, 'secrets that are due for a change').toEqual([])
  },
)

check(
  'PRE-74',
  'The API key on disk is the one in force: every service that asks for a key accepts it.',
  (target) => {
    target.part('apiKey')
    const asking = target.services.filter(({ healthNeedsKey }) => healthNeedsKey)
    return {
      disk: onDisk(target, 'api_key', 'apiKey'),
      accepted: [
        http({ ...serviceRequest(target.service('hook-receiver')), path: '/sessions', apiKey: 'apiKey' }),
        ...asking.map((service) => http({ ...serviceRequest(service), path: service.health, apiKey: 'apiKey' })),
      ],
    }
  },
  ({ disk, accepted }, { expect }) => {
    expect(diskProblems(disk), 'the API key on disk, compared with the one in force').toEqual([])
    const refused = accepted.filter(({ status }) => status === 401 || status === 403)
    expect(accepted.length, 'services asked').toBeGreaterThan(0)
    expect(
      refused.map(({ status, remoteAddress }) => `${remoteAddress} answered ${status}`),
      'services that refuse the key',
    ).toEqual([])
  },
)

check(
  'PRE-75',
  'The database password on disk is the one in force: the database accepts it.',
  (target) => ({
    disk: onDisk(target, 'postgres_password', 'postgres.password'),
    login: login(target.part('postgres'), { password: { secret: 'postgres.password' } }),
  }),
  ({ disk, login }, { expect }) => {
    expect(diskProblems(disk), 'the database password on disk, compared with the one in force').toEqual([])
    expect(login, 'answer of the database').toEqual({ accepted: true })
  },
)

check(
  'PRE-76',
  'The Redis password on disk is the one in force: Redis accepts it.',
  (target) => ({
    disk: onDisk(target, 'redis_password', 'redis.password'),
    login: redisLogin(target.part('redis'), { password: { secret: 'redis.password' } }),
  }),
  ({ disk, login }, { expect }) => {
    expect(diskProblems(disk), 'the Redis password on disk, compared with the one in force').toEqual([])
    expect(login, 'answer of Redis').toEqual({ accepted: true })
  },
)

check(
  'PRE-77',
  'The Grafana administrator password on disk is the one in force: Grafana accepts it.',
  (target) => {
    const { url, user } = target.part('grafana')
    return {
      disk: onDisk(target, 'grafana_admin_password', 'grafana.password'),
      login: http({ system: 'grafana', url, path: '/api/org', apiKey: 'grafana.password', scheme: 'Basic', user }),
    }
  },
  ({ disk, login }, { expect }) => {
    expect(diskProblems(disk), 'the Grafana password on disk, compared with the one in force').toEqual([])
    expect(login.status, 'status of a login').toBe(200)
  },
)
