import { execFile } from 'node:child_process'
import path from 'node:path'

/** Where a tool finds the target: variables of its environment, and its newest backup. */
export interface Addresses {
  readonly env: Readonly<Record<string, string>>
  readonly newestBackup: string
}

/** What a tool said of a target. */
export interface Said {
  readonly exitCode: number
  /** Each thing that it found wrong, in words that are the same from run to run. */
  readonly complaints: readonly string[]
  readonly ms: number
}

export interface Tool {
  readonly name: string
  /** The command that must be there. */
  readonly needs: string
  look(addresses: Addresses): Promise<Said>
}

/** How long a tool may look, in milliseconds: a hung endpoint would hold a script without a time limit for ever. */
const PATIENCE_MS = 20_000
/** What a tool that is stopped counts as having exited with, as `timeout` does. */
const STOPPED = 124
const HERE = import.meta.dirname

const script = (file: string, name: string, argv: (addresses: Addresses) => readonly string[] = () => []): Tool => ({
  name,
  needs: 'bash',
  async look(addresses) {
    const file_ = path.join(HERE, 'source', file)
    const { exitCode, output, ms } = await run('bash', [file_, ...argv(addresses)], addresses)
    return { exitCode, complaints: linesWith(output, /✗|FAILED|MISSING|WARNING|ERROR|not found|inactive|failed|expired/), ms }
  },
})

/** The source's own scripts, then the tools that others test infrastructure with. */
export const TOOLS: readonly Tool[] = [
  script('pre-deployment-check.sh', "the source's pre-deployment check"),
  script('post-deployment-validation.sh', "the source's post-deployment validation"),
  script('emergency-rollback.sh', "the source's rollback, what it looks at", ({ newestBackup }) => [newestBackup]),
  {
    name: 'goss',
    needs: 'goss',
    async look(addresses) {
      const vars = gossVariables(addresses.env)
      const argv = ['-g', path.join(HERE, 'peers', 'goss.yaml'), '--vars-inline', JSON.stringify(vars), 'validate']
      const { exitCode, output, ms } = await run('goss', [...argv, '--format', 'tap', '--no-color'], addresses)
      return { exitCode, complaints: linesWith(output, /^not ok/).map((line) => line.replace(/^not ok \d+ - /, '')), ms }
    },
  },
  {
    name: 'hurl',
    needs: 'hurl',
    async look(addresses) {
      const { exitCode, output, ms } = await run('hurl', hurlArguments(addresses.env), addresses)
      return { exitCode, complaints: linesWith(output, /^\s*--> /).map((line) => line.replace(/^.*hurl:/, 'line ')), ms }
    },
  },
  {
    name: 'pytest-testinfra',
    needs: 'pytest',
    async look(addresses) {
      const file = path.join(HERE, 'peers', 'test_production.py')
      const argv = ['-q', '--tb=no', '-rfE', '-p', 'no:cacheprovider', '--hosts=local://', file]
      // What Python compiles names the paths of this machine, and would lie beside the sources.
      const env = { ...addresses.env, PYTHONDONTWRITEBYTECODE: '1' }
      const { exitCode, output, ms } = await run('pytest', argv, { env })
      const complaints = linesWith(output, /^(FAILED|ERROR) /).map((line) => line.replace(/ - .*$/, ''))
      return { exitCode, complaints, ms }
    },
  },
]

function gossVariables(env: Addresses['env']): Record<string, unknown> {
  const { ROOT: root, HOOKS_URL: hooksUrl = '', METRICS_URL: metricsUrl = '', WORKFLOWS_URL: workflows = '' } = env
  return {
    root,
    hooksUrl,
    metricsUrl,
    dnsPort: env.DNS_PORT,
    dnsAddress: env.DNS_ADDRESS,
    postgresAddress: `${env.POSTGRES_ADDRESS}:${env.POSTGRES_PORT}`,
    publicNames: env.PUBLIC_NAMES?.split(' '),
    publicHealth: [hooksUrl, workflows].map((url) => `${url}/health`),
    health: env.INNER_HEALTH?.split(' '),
    project: env.COMPOSE_PROJECT ?? '',
    containers: env.CONTAINERS?.split(' ') ?? [],
    stores: [env.REDIS_ADDRESS, env.KAFKA_ADDRESS].filter((address) => address !== undefined),
    prometheusUrl: env.PROMETHEUS_URL ?? '',
    alertmanagerUrl: env.ALERTMANAGER_URL ?? '',
    certificates: ['hook-receiver.crt', 'model-metrics.crt', 'workflow-coordinator.crt', 'ca-cert.pem'],
    keys: ['hook-receiver.key', 'model-metrics.key', 'workflow-coordinator.key'],
    secrets: ['postgres_password', 'redis_password', 'api_key', 'grafana_admin_password', 'grafana_secret_key'],
  }
}

function hurlArguments(env: Addresses['env']): string[] {
  const urls = { hooks: 'HOOKS_URL', metrics: 'METRICS_URL', workflows: 'WORKFLOWS_URL', api: 'API_URL', plain: 'PLAIN_URL' }
  const variables = [
    ...Object.entries(urls).map(([name, key]) => `${name}=${env[key]}`),
    `hooks_name=${env.HOOKS_NAME}`,
    `api_key=${env.API_KEY}`,
    `prometheus=${env.PROMETHEUS_URL}`,
    `alertmanager=${env.ALERTMANAGER_URL}`,
  ]
  const files = ['production.hurl', ...(env.PROMETHEUS_URL === undefined ? [] : ['monitoring.hurl'])]
  const resolved = env.RESOLVE?.split(' ') ?? []
  return [
    '--test',
    '--continue-on-error',
    '--no-color',
    '--max-time',
    '10',
    '--cacert',
    env.CA_FILE ?? '',
    ...resolved.flatMap((entry) => ['--resolve', entry]),
    ...variables.flatMap((variable) => ['--variable', variable]),
    ...files.map((file) => path.join(HERE, 'peers', file)),
  ]
}

/** Each line that a pattern finds, once, without the blanks around it. */
function linesWith(output: string, pattern: RegExp): string[] {
  const lines = output.split('\n').filter((line) => pattern.test(line))
  return [...new Set(lines.map((line) => line.trim()))]
}

interface Ended {
  readonly exitCode: number
  readonly output: string
  readonly ms: number
}

function run(command: string, argv: readonly string[], { env }: Pick<Addresses, 'env'>): Promise<Ended> {
  const start = performance.now()
  const { promise, resolve, reject } = Promise.withResolvers<Ended>()
  execFile(command, argv, { env, timeout: PATIENCE_MS, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
    const code = error === null ? 0 : error.killed === true ? STOPPED : error.code
    if (typeof code !== 'number') reject(error ?? new Error(`${command} ended with no code`))
    else resolve({ exitCode: code, output: `${stdout}\n${stderr}`, ms: performance.now() - start })
  })
  return promise
}
