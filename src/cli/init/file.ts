import type { TargetSpec } from '../../targets/schema.ts'
import type { PublishedPort } from './engine.ts'
import type { Found } from './found.ts'

/** The parts that are known by the port that they listen on inside their container. */
const KNOWN_PORTS = { postgres: 5432, redis: 6379, kafka: 9092, prometheus: 9090, alertmanager: 9093, grafana: 3000 } as const
type Known = keyof typeof KNOWN_PORTS

/**
 * A first target file, with comments, of what a host told of itself. It says where things are, which can be found out; what
 * should be (owners, rules, addresses in DNS) a person must say, and is left as a comment.
 */
export function targetFileText(name: string, found: Found, product: TargetSpec): string {
  const blocks = [
    head(name, found),
    hosts(found),
    services(found, product),
    parts(found),
    compose(found),
    paths(found, product),
    expectations(found),
    untold(found),
  ]
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`
}

function head(name: string, { os, account, variables }: Found): string {
  const environment = variables.ENVIRONMENT ?? 'production'
  const known = variables.ENVIRONMENT === undefined ? ' # nothing on the host tells; `production` forbids drills' : ''
  return [
    `# What ${os} told ${account === '' ? 'us' : `the account ${account}`} of itself. Read it, mend it, then: npm run target:check -- FILE`,
    '# Only what differs from fixtures/targets/defaults.yaml stands here; docs/targets.md explains every key.',
    `name: ${name}`,
    'kind: live',
    `environment: ${scalar(environment)}${known}`,
    '# A run may only read. exec, synthetic-write, load and copy-data can be added once they are wanted.',
    'allow: [read]',
  ].join('\n')
}

function hosts({ host }: Found): string {
  const { shell, address, sudo, sshConfig } = host
  const way = [
    `shell: ${shell}`,
    ...(shell === 'local' ? [] : [`address: ${scalar(address)}`]),
    ...(sshConfig === undefined ? [] : [`sshConfig: ${scalar(sshConfig)}`]),
    ...(sudo ? ['sudo: true'] : []),
  ]
  return [
    '# One machine plays all three roles until the file says otherwise.',
    'hosts:',
    ...['services', 'database', 'broker'].map((role) => `  ${role}: { ${way.join(', ')} }`),
    ...(shell === 'ssh'
      ? [
          '# Inner addresses below are meant from that host, and are reached through its ssh connection.',
          'reach: { through: services }',
        ]
      : []),
  ].join('\n')
}

/** Services whose port is not the product's own, and a reminder of the public names. */
function services({ containers }: Found, product: TargetSpec): string {
  const moved = Object.entries(product.services).flatMap(([name, { url }]) => {
    const usual = Number(new URL(url).port)
    const published = containers.find(({ service }) => service === name)?.ports ?? []
    const port = (published.find(({ inner }) => inner === usual) ?? published[0])?.port
    return port === undefined || port === usual ? [] : [`  ${name}: { url: "http://127.0.0.1:${port}" }`]
  })
  const names = Object.entries(product.services).map(([name, one]) => `#   ${name}: { public: ${one.public} }`)
  return [
    ...(moved.length === 0 ? [] : ['services:', ...moved]),
    '# The public names are taken to be these; where they differ, say so under `services`:',
    ...names,
  ].join('\n')
}

function parts(found: Found): string {
  const all: Readonly<Record<Known, (port: number) => string>> = {
    postgres: (port) =>
      [
        'postgres:',
        '  host: 127.0.0.1',
        `  port: ${port}`,
        `  database: ${scalar(found.variables.POSTGRES_DB ?? found.variables.POSTGRES_DATABASE ?? 'postgres')}`,
        `  user: ${scalar(found.variables.POSTGRES_USER ?? 'postgres')}`,
        `  password: ${secret(found, 'postgres_password')}`,
      ].join('\n'),
    redis: (port) => `redis: { host: 127.0.0.1, port: ${port}, password: ${secret(found, 'redis_password')} }`,
    kafka: (port) => `kafka: { brokers: ["127.0.0.1:${port}"] }`,
    prometheus: (port) => `prometheus: { url: "http://127.0.0.1:${port}" }`,
    alertmanager: (port) => `alertmanager: { url: "http://127.0.0.1:${port}" }`,
    grafana: (port) => `grafana: { url: "http://127.0.0.1:${port}", password: ${secret(found, 'grafana_admin_password')} }`,
  }
  const ports = (Object.keys(all) as Known[]).map((part) => ({ part, port: portOf(found, part) }))
  const there = ports.flatMap(({ part, port }) => (port === undefined ? [] : [all[part](port)]))
  const absent = ports.filter(({ port }) => port === undefined).map(({ part }) => `${part}: none`)
  return [
    '# Secrets are references, followed where the run starts: { env: NAME }, { file: PATH } or { command: [argv …] }.',
    `apiKey: ${secret(found, 'api_key')}`,
    ...there,
    ...(found.containers.length === 0 ? [] : ['docker: { socket: /var/run/docker.sock }']),
    ...(absent.length === 0
      ? []
      : [
          '# Not found. Say where each is, or, where this target has none, declare it, and its lines are skipped:',
          `# parts: { ${absent.join(', ')} }`,
        ]),
  ].join('\n')
}

/** Where the host listens for a part: what its container publishes, otherwise the usual port if anybody listens there. */
function portOf({ containers, listening }: Found, part: Known): number | undefined {
  const usual = KNOWN_PORTS[part]
  const isUsual = ({ inner }: PublishedPort): boolean => inner === usual
  const own = containers.find(({ service }) => service === part)?.ports ?? []
  // A container under another part's name is that part, whatever it listens on.
  const nameless = containers.filter(({ service }) => !(service in KNOWN_PORTS)).flatMap(({ ports }) => ports)
  const published = own.find(isUsual) ?? own[0] ?? nameless.find(isUsual)
  if (published !== undefined) return published.port
  return listening.includes(usual) ? usual : undefined
}

/** On the machine itself the file that holds it; elsewhere a variable, so that no secret has to leave the host for the run to start. */
function secret({ host, secrets, paths }: Found, file: string): string {
  return host.shell === 'local' && secrets.includes(file)
    ? `{ file: ${scalar(`${paths.secrets}/${file}`)} }`
    : `{ env: ${file.toUpperCase()} }`
}

function compose({ containers: [first, ...others], composeFile, paths }: Found): string {
  const file = first?.composeFile || composeFile
  if (file === '')
    return '# No compose project runs and no compose file was found: add `compose`, or declare parts: { compose: none }.'
  const names = [...new Set([...(first === undefined ? [] : [first]), ...others].map(({ service }) => service))].toSorted()
  const running =
    names.length === 0
      ? []
      : ['  # Those that run now. List every one that should:', `  services: [${names.map(scalar).join(', ')}]`]
  return [
    'compose:',
    `  file: ${scalar(file)}`,
    `  envFile: ${scalar(first?.envFile || paths.envFile)}`,
    `  project: ${scalar(first?.project ?? file.split('/').at(-2) ?? 'default')}`,
    ...running,
  ].join('\n')
}

/** Only what is not where the product's defaults say. */
function paths(found: Found, product: TargetSpec): string {
  const differing = Object.entries(found.paths).filter(([key, path]) => product.paths[key as keyof TargetSpec['paths']] !== path)
  const certificates = found.certificates.length === 0 ? 'none were found' : found.certificates.toSorted().join(', ')
  return [
    ...(differing.length === 0 ? [] : ['paths:', ...differing.map(([key, path]) => `  ${key}: ${scalar(path)}`)]),
    `# Certificates in ${found.paths.certificates}: ${certificates}.`,
    ...(found.hasEnvFile ? [] : [`# There is no environment file at ${found.paths.envFile}: say in paths.envFile where it is.`]),
  ].join('\n')
}

function expectations({ dockerGroup, account }: Found): string {
  return [
    '# What should be, as opposed to what is, only you can say. As it is now:',
    '# expect:',
    `#   deployUser: ${scalar(account === '' ? 'deploy' : account)}`,
    `#   dockerGroup: [${dockerGroup.map(scalar).join(', ')}]`,
    '# dns:',
    '#   servers: ["192.0.2.53:53"]   # the resolvers to ask',
    '#   expect: [203.0.113.10]       # what the public names must resolve to',
  ].join('\n')
}

function untold({ missing }: Found): string {
  if (missing.length === 0) return ''
  return [
    '# The host did not tell everything; with this it would:',
    ...missing.map((one) => `#   ${one.replaceAll('\n', ' ')}`),
  ].join('\n')
}

/** A word as YAML takes it for a string. */
function scalar(text: string): string {
  return /^[A-Za-z/][\w./@-]*$/.test(text) && !/^(?:true|false|null|yes|no|on|off|none)$/i.test(text)
    ? text
    : JSON.stringify(text)
}
