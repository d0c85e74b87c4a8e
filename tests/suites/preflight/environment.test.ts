import { describe, expect, it } from 'vitest'
import { failureOf } from '../../support/failure.ts'
import { judge, testTarget } from '../../support/judging.ts'
import '../../../suites/preflight/environment.test.ts'
import '../../../suites/preflight/environment-in-force.test.ts'

const HEALTHY = `ENVIRONMENT=production
POSTGRES_HOST=postgres
POSTGRES_PORT=5432
POSTGRES_DB=omninode_bridge
POSTGRES_USER=omninode_bridge
KAFKA_BOOTSTRAP_SERVERS=kafka:9092
KAFKA_AUTO_CREATE_TOPICS=false
REDIS_HOST=redis
REDIS_PORT=6379
HOOK_RECEIVER_PORT=8001
MODEL_METRICS_PORT=8002
WORKFLOW_COORDINATOR_PORT=8003
PROMETHEUS_PORT=9090
GRAFANA_PORT=3000
ALERTMANAGER_PORT=9093
ENABLE_TLS=true
API_KEY_FILE=/run/secrets/api_key
LOG_LEVEL=INFO
LOG_FORMAT=json
WORKERS_PER_SERVICE=4
MAX_CONNECTIONS=1000
POOL_SIZE=5
`

const file = (text = HEALTHY, more = {}) => ({
  path: '/opt/omninode_bridge/.env.production',
  exists: true,
  mode: '0640',
  owner: 'deploy',
  group: 'docker',
  size: text.length,
  modified: 0,
  sha256: '',
  text,
  truncated: false,
  ...more,
})
const changed = (...changes: [from: string, to: string][]) =>
  file(changes.reduce((text, [from, to]) => text.replace(from, to), HEALTHY))
const missing = file('', { exists: false, mode: '' })

describe('the environment file', () => {
  it.each(['PRE-50', 'PRE-51', 'PRE-52', 'PRE-53', 'PRE-54', 'PRE-55', 'PRE-56', 'PRE-57'])(
    '%s passes on a healthy one, and fails on none, an empty one and one cut short',
    async (id) => {
      await judge(id, file())
      await expect(judge(id, missing)).rejects.toThrow('what is wrong with')
      await expect(judge(id, file('# nothing\n'))).rejects.toThrow('what is wrong with')
      await expect(judge(id, file(HEALTHY, { truncated: true }))).rejects.toThrow('what is wrong with')
    },
  )

  it.each([
    ['PRE-50', file(HEALTHY, { mode: '0664' }), 'group to write'],
    ['PRE-51', file(`${HEALTHY}LOG_LEVEL=INFO\n`), 'LOG_LEVEL is set on lines'],
    ['PRE-51', file(`${HEALTHY}what is this\n`), 'line 23'],
    ['PRE-52', changed(['POOL_SIZE=5\n', '']), 'POOL_SIZE is not set'],
    ['PRE-52', changed(['PORT=5432', 'PORT=54321111']), 'expected a port from 1 to 65535'],
    ['PRE-52', changed(['TLS=true', 'TLS=yes']), 'ENABLE_TLS'],
    ['PRE-53', file(`${HEALTHY}LOGLEVEL=INFO\n`), 'LOGLEVEL on line 23'],
    ['PRE-54', file(`${HEALTHY}POSTGRES_PASSWORD=[kept on the host: 12 characters]\n`), 'POSTGRES_PASSWORD on line 23'],
    ['PRE-54', file(`${HEALTHY}SALT=c29tZTFyYW5kb20yYnl0ZXMz\n`), 'SALT on line 23'],
    ['PRE-55', changed(['=production', '=staging']), 'ENVIRONMENT is staging'],
    ['PRE-55', changed(['TLS=true', 'TLS=false']), 'ENABLE_TLS is false'],
    ['PRE-55', changed(['=/run/secrets/api_key', '=']), 'API_KEY_FILE names no file'],
    ['PRE-56', changed(['=INFO', '=DEBUG']), 'LOG_LEVEL'],
    ['PRE-56', changed(['=json', '=text']), 'LOG_FORMAT'],
    ['PRE-57', changed(['8002', '8001']), 'MODEL_METRICS_PORT is 8001'],
    ['PRE-57', changed(['9093', '9090']), 'PROMETHEUS_PORT and ALERTMANAGER_PORT are both 9090'],
  ])('%s fails on what is wrong: %#', async (id, answer, words) => {
    expect(await failureOf(judge(id, answer))).toContain(words)
  })

  it.each([
    ['a path', '/run/a1b2c3d4e5f6g7h8i9j0', false],
    ['a word of letters alone', 'abcdefghijklmnopqrstuvwxyz', false],
    ['a number', '12345678901234567890', false],
    ['something short', 'a1b2c3d4e5f6g7h8i9j', false],
    ['something long that repeats nine characters', 'abcdefgh1abcdefgh1abcdefgh1', false],
    ['something long of ten characters', 'abcdefghi1abcdefghi1', true],
  ])('PRE-54 takes %s for a secret only where it looks like one', async (_, value, isSecret) => {
    const judged = judge('PRE-54', file(`${HEALTHY}EXTRA=${value}\n`))
    if (isSecret) await expect(judged).rejects.toThrow('variables that hold a secret')
    else await judged
  })

  it('PRE-53 lets a variable pass that the target file knows', async () => {
    const known = testTarget()
    const target = testTarget({ expect: { ...known.spec.expect, variables: ['EXTRA'] } })
    await judge('PRE-53', file(`${HEALTHY}EXTRA=1\n`), { target })
  })

  it('PRE-54 never puts a private key into its failure', async () => {
    const failure = judge('PRE-54', file(`${HEALTHY}K='-----BEGIN RSA PRIVATE KEY-----\nabc123\n'\n`))
    await expect(failure).rejects.not.toThrow('abc123')
    await expect(failure).rejects.toThrow('private key')
  })
})

describe('the environment file against what is in force', () => {
  it('PRE-58 compares database and role', async () => {
    await judge('PRE-58', { file: file(), session: [{ database: 'omninode_bridge', role: 'omninode_bridge' }] })
    await expect(judge('PRE-58', { file: file(), session: [{ database: 'other', role: 'omninode_bridge' }] })).rejects.toThrow(
      'database and role',
    )
    await expect(judge('PRE-58', { file: file(), session: [] })).rejects.toThrow()
  })

  const settings = (most: number) => [
    { name: 'max_connections', setting: most },
    { name: 'superuser_reserved_connections', setting: 3 },
  ]

  it('PRE-59 compares all pools with what the database grants', async () => {
    const { measurements } = await judge('PRE-59', { file: file(), settings: settings(100) })
    expect(measurements[0]).toMatchObject({ value: 60, limit: 97 })
    await expect(judge('PRE-59', { file: changed(['POOL_SIZE=5', 'POOL_SIZE=20']), settings: settings(100) })).rejects.toThrow(
      'of 97 granted',
    )
    await expect(judge('PRE-59', { file: changed(['POOL_SIZE=5', 'POOL_SIZE=many']), settings: settings(100) })).rejects.toThrow(
      'sizes of the pools',
    )
    await expect(judge('PRE-59', { file: file(), settings: [] })).rejects.toThrow()
  })

  it('PRE-60 compares MAX_CONNECTIONS with open files', async () => {
    const limits = (soft: number | null, engine = true) => ({
      account: 'deploy',
      session: { nofile: { soft: engine ? 1 : soft, hard: soft }, nproc: { soft, hard: soft } },
      engine: engine ? [{ process: 'dockerd', pid: 1, nofile: { soft, hard: soft }, nproc: { soft, hard: soft } }] : [],
      configured: [],
    })
    await judge('PRE-60', { file: file(), limits: limits(65_536) })
    await judge('PRE-60', { file: file(), limits: limits(null) })
    await judge('PRE-60', { file: file(), limits: limits(65_536, false) })
    await expect(judge('PRE-60', { file: file(), limits: limits(1_024) })).rejects.toThrow('descriptors')
    await expect(judge('PRE-60', { file: changed(['MAX_CONNECTIONS=1000', '']), limits: limits(65_536) })).rejects.toThrow(
      'MAX_CONNECTIONS',
    )
  })

  const container = (service: string, port: number, label = '/opt/omninode_bridge/.env.production') => ({
    name: `omninode-${service}-1`,
    service,
    ports: [{ container: `${port}/tcp`, address: '127.0.0.1', port }],
    labels: { 'com.docker.compose.project.environment_file': label },
  })
  const project = [
    container('hook-receiver', 8001),
    container('model-metrics', 8002),
    container('workflow-coordinator', 8003),
    container('prometheus', 9090),
    container('grafana', 3000),
    container('alertmanager', 9093),
  ]

  it('PRE-61 finds each port with its own service', async () => {
    await judge('PRE-61', { file: file(), containers: project })
    const swapped = [container('hook-receiver', 8002), container('model-metrics', 8001), ...project.slice(2)]
    await expect(judge('PRE-61', { file: file(), containers: swapped })).rejects.toThrow('does not publish')
    await expect(judge('PRE-61', { file: file(), containers: [] })).rejects.toThrow('containers of the project')
  })

  it('PRE-62 asks every container for the file that compose was started with', async () => {
    const known = testTarget()
    const compose = { file: '/c.yml', envFile: known.spec.paths.envFile, project: 'omninode', services: [] }
    const target = testTarget({ compose })
    await judge('PRE-62', project, { target })
    await expect(judge('PRE-62', [container('nginx', 443, '/opt/omninode_bridge/.env')], { target })).rejects.toThrow(
      'not started with',
    )
    await expect(judge('PRE-62', [], { target })).rejects.toThrow('containers of the project')
  })

  it('PRE-63 asks every broker', async () => {
    const broker = (value?: string) => ({
      broker: '1',
      settings: value === undefined ? {} : { 'auto.create.topics.enable': value },
    })
    await judge('PRE-63', { file: file(), brokers: [broker('false')] })
    await expect(judge('PRE-63', { file: file(), brokers: [broker('false'), broker('true')] })).rejects.toThrow('create topics')
    await expect(judge('PRE-63', { file: file(), brokers: [broker()] })).rejects.toThrow('create topics')
    await expect(judge('PRE-63', { file: file(), brokers: [] })).rejects.toThrow('brokers asked')
  })

  it('PRE-64 compares MAX_CONNECTIONS with the connections of nginx', async () => {
    const setting = (output: string) => ({ file: file(), setting: { exitCode: 0, output } })
    await judge('PRE-64', setting('    worker_connections 4096;\n'))
    await expect(judge('PRE-64', setting('# worker_connections 4096;\n  worker_connections 1024;'))).rejects.toThrow(
      'worker_connections',
    )
    await expect(judge('PRE-64', setting(''))).rejects.toThrow('worker_connections')
  })

  it('PRE-111 finds secrets in the layers of images', async () => {
    const image = (suspicious: string[], secrets: string[]) => [{ image: 'hook-receiver:1', layers: 9, suspicious, secrets }]
    await judge('PRE-111', image([], []))
    await expect(judge('PRE-111', image(['API_KEY'], []))).rejects.toThrow('layers of images')
    await expect(judge('PRE-111', image([], ['apiKey']))).rejects.toThrow('layers of images')
    await expect(judge('PRE-111', [])).rejects.toThrow('images of the project')
  })
})
