import { chmod, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { generateSecrets, openServiceLogs, prepareEmbeddedHost, SECRET_FILES } from '../../../fixtures/embedded/index.ts'
import { createEventLog, type EventLog } from '../../../fixtures/services/index.ts'
import type { Watchdog } from '../../watchdog/index.ts'
import type { TargetSpec } from '../schema.ts'
import type { Started } from '../started.ts'
import { createAuthority } from './certificates.ts'
import type { EmbeddedControl, ServiceControl } from './control.ts'
import { createControl } from './create-control.ts'
import { startDatabase } from './database.ts'
import { describeEmbedded, publicNames, withAddresses } from './describe.ts'
import { startDnsServer } from './dns-server.ts'
import { type Gateway, startGateway } from './gateway.ts'
import type { Postgres } from './postgres.ts'
import { issueAll, type PublicCertificate } from './public-certificates.ts'
import { releaseOf } from './release.ts'
import { startService } from './services.ts'
import { Stopping } from './stopping.ts'

export interface EmbeddedOptions {
  /** An empty directory of this run; whoever made it removes it. */
  readonly runDirectory: string
  readonly signal: AbortSignal
  readonly watchdog: Watchdog
  /** The run's clock; the time of the start where absent. */
  readonly now?: Date
}

/** A started embedded target, and what faults and drills may do to it. */
export interface EmbeddedTarget extends Started {
  readonly control: EmbeddedControl
}

/** Name servers, so that a difference between resolvers can be seen. */
const DNS_SERVERS = 2

/** Starts every part on loopback, each on a free port. Stopping, or a start that fails, leaves no process and no open port; the run's directory stays. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedTarget> {
  const stopping = new Stopping()
  try {
    const started = await startParts(options, stopping)
    options.signal.throwIfAborted()
    return started
  } catch (error) {
    await stopping.close()
    throw error
  }
}

async function startParts(options: EmbeddedOptions, stopping: Stopping): Promise<EmbeddedTarget> {
  const { runDirectory, signal, watchdog, now = new Date() } = options
  const spec = describeEmbedded()
  const secrets = generateSecrets(now)
  // As root, PostgreSQL runs as another account, which must find its way to its data.
  if (process.getuid?.() === 0) await chmod(runDirectory, 0o711)
  const root = path.join(runDirectory, 'host')
  const events = createEventLog()
  const logs = openServiceLogs(path.join(root, spec.paths.application, 'logs', 'services'))
  await stopping.add(() => logs.close())
  const [postgres, authority, dns] = await settled([
    startDatabase({
      spec,
      runDirectory,
      signal,
      watchdog,
      password: secrets['postgres.password'],
      adminPassword: secrets['postgres.adminPassword'],
      onStarted: (started) => stopping.add(() => started.stop()),
    }),
    createAuthority({ name: 'Embedded target CA', now }),
    Promise.all(Array.from({ length: DNS_SERVERS }, () => startNameServer(spec, stopping))),
  ])
  const [certificates, services] = await settled([
    issueAll(spec, authority),
    startServices(spec, { postgres, secrets, events, logTo: logs.logTo }, stopping),
  ])
  const gateway = await startGateway(routesOf(certificates, services))
  await stopping.add(() => gateway.stop())
  const running = 'unavailable' in postgres ? undefined : postgres
  const caFile = path.join(runDirectory, 'ca.pem')
  await writeFile(caFile, authority.certificate)
  await mkdir(root, { recursive: true })
  const host = await prepareHost(root, {
    spec,
    now,
    secrets,
    certificates,
    authority: authority.certificate,
    services,
    gateway,
    postgres: running,
  })
  const addressed = withAddresses(spec, {
    services: Object.fromEntries(Object.entries(services).map(([name, { port }]) => [name, `http://127.0.0.1:${port}`])),
    gatewayPort: gateway.port,
    plainPort: gateway.plainPort,
    dnsServers: dns.map(({ port }) => `127.0.0.1:${port}`),
    postgresPort: running?.port,
    caFile,
    host: { root: host.root, path: host.path },
  })
  return {
    spec: addressed,
    secrets: { ...namedSecrets(host.secrets), ...secrets },
    ...(await releaseOf(postgres, Object.keys(services))),
    control: createControl({ spec: addressed, root, services, gateway, dns, postgres: running, events, authority, certificates }),
    stop: () => stopping.close(),
  }
}

/** Waits for all before the first failure is passed on: a part that is still starting could not be stopped. */
async function settled<T extends readonly Promise<unknown>[]>(
  starting: readonly [...T],
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(starting)
  return Promise.all(starting) as Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }>
}

async function startNameServer(spec: TargetSpec, stopping: Stopping) {
  const records = Object.fromEntries(publicNames(spec).map((name) => [name, { a: spec.dns.expect }]))
  const server = await startDnsServer(records)
  await stopping.add(() => server.stop())
  return server
}

interface Wiring {
  readonly postgres: Postgres | { readonly unavailable: string }
  readonly secrets: ReturnType<typeof generateSecrets>
  readonly events: EventLog
  readonly logTo: ReturnType<typeof openServiceLogs>['logTo']
}

async function startServices(spec: TargetSpec, wiring: Wiring, stopping: Stopping): Promise<Record<string, ServiceControl>> {
  const { postgres, secrets, events, logTo } = wiring
  const names = Object.keys(spec.services).filter((name) => spec.parts[name] !== 'none')
  const entries = await settled(
    names.map(async (name) => {
      const service = await startService(name, {
        apiKey: secrets.apiKey,
        database: databaseOf(spec, postgres, secrets['postgres.password']),
        events,
        topicPrefix: spec.names.topicPrefix,
        log: logTo(name),
      })
      await stopping.add(() => service.stop())
      return [name, service] as const
    }),
  )
  return Object.fromEntries(entries)
}

function databaseOf(spec: TargetSpec, postgres: Wiring['postgres'], password: string) {
  if ('unavailable' in postgres || spec.postgres === undefined) return 'memory'
  const { user, database } = spec.postgres
  return { connection: { host: postgres.host, port: postgres.port, user, database, password } }
}

function routesOf(certificates: readonly PublicCertificate[], services: Readonly<Record<string, ServiceControl>>) {
  return Object.fromEntries(
    certificates.flatMap(({ service, names, issued }) =>
      names.map((name) => [name, { upstream: `http://127.0.0.1:${services[service]?.port ?? 0}`, certificate: issued }]),
    ),
  )
}

interface HostParts {
  readonly spec: TargetSpec
  readonly now: Date
  readonly secrets: Readonly<Record<string, string>>
  readonly certificates: readonly PublicCertificate[]
  readonly authority: string
  readonly services: Readonly<Record<string, ServiceControl>>
  readonly gateway: Gateway
  readonly postgres: Postgres | undefined
}

function prepareHost(root: string, { spec, now, secrets, certificates, authority, services, gateway, postgres }: HostParts) {
  const { application, monitoring, prometheusConfig, prometheusRules, deployLog, ca } = spec.paths
  const servicePorts = Object.fromEntries(Object.entries(services).map(([name, { port }]) => [name, port]))
  return prepareEmbeddedHost(root, {
    now,
    certificates: {
      [path.basename(ca)]: authority,
      ...Object.fromEntries(certificates.map(({ certificateFile, issued }) => [certificateFile, issued.certificate])),
    },
    keys: Object.fromEntries(certificates.map(({ keyFile, issued }) => [keyFile, issued.key])),
    secrets: Object.fromEntries(Object.entries(SECRET_FILES).map(([key, file]) => [file, secrets[key] ?? ''])),
    servicePorts,
    listeners: [
      ...Object.entries(servicePorts).map(([name, port]) => ({ process: name, port })),
      ...(postgres === undefined ? [] : [{ process: 'postgres', port: postgres.port }]),
      { process: 'nginx', port: gateway.port },
      { process: 'nginx', port: gateway.plainPort },
    ],
    paths: {
      application,
      monitoring,
      prometheusConfig,
      prometheusRules,
      composeFile: spec.compose?.file ?? `${application}/compose.yml`,
      deployLog,
    },
  })
}

/** The host's other secrets, by the names that a target gives them. */
function namedSecrets(byFile: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(byFile).map(([file, secret]) => [`host.${file}`, secret]))
}
