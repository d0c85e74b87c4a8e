import { chmod, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { generateSecrets, openServiceLogs } from '../../../fixtures/embedded/index.ts'
import { createEventLog } from '../../../fixtures/services/index.ts'
import type { Watchdog } from '../../watchdog/index.ts'
import { createAuthority } from '../disposable/certificates.ts'
import { type DnsServer, startDnsServer } from '../disposable/dns-server.ts'
import { issueAll } from '../disposable/public-certificates.ts'
import { publicNames } from '../disposable/public-names.ts'
import { Stopping } from '../disposable/stopping.ts'
import type { TargetSpec } from '../schema.ts'
import type { Started } from '../started.ts'
import type { EmbeddedControl } from './control.ts'
import { createControl } from './create-control.ts'
import { startDatabase } from './database.ts'
import { describeEmbedded, withAddresses } from './describe.ts'
import { startGateway } from './gateway.ts'
import { prepareHost } from './host.ts'
import { releaseOf } from './release.ts'
import { routesOf, startServices } from './services.ts'
import { settled } from './settled.ts'

export interface EmbeddedOptions {
  /** An empty directory of this run; whoever made it removes it. */
  readonly runDirectory: string
  readonly signal: AbortSignal
  readonly watchdog: Watchdog
  /** The run's clock; the time of the start where absent. */
  readonly now?: Date
  /** Which drills are held there; those of its description where absent. */
  readonly drills?: TargetSpec['drills']
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
  const { runDirectory, signal, watchdog, now = new Date(), drills } = options
  const described = describeEmbedded()
  const spec = drills === undefined ? described : { ...described, drills }
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
      now,
      password: secrets['postgres.password'],
      adminPassword: secrets['postgres.adminPassword'],
      onStarted: (started) => stopping.add(() => started.stop()),
    }),
    createAuthority({ name: 'Embedded target CA', now }),
    settled(Array.from({ length: DNS_SERVERS }, () => startNameServer(spec, stopping))),
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
  const host = await prepareHost({
    spec,
    root,
    now,
    secrets,
    certificates,
    authority: authority.certificate,
    services,
    gateway,
    postgres: running,
    signal,
  })
  const addressed = withAddresses(spec, {
    services: Object.fromEntries(Object.entries(services).map(([name, { port }]) => [name, `http://127.0.0.1:${port}`])),
    gatewayPort: gateway.port,
    plainPort: gateway.plainPort,
    dnsServers: dns.map(({ port }) => `127.0.0.1:${port}`),
    postgresPort: running?.port,
    caFile,
    host,
  })
  return {
    spec: addressed,
    secrets: { ...namedSecrets(host.secrets), ...secrets },
    ...(await releaseOf(postgres, Object.keys(services))),
    control: createControl({ spec: addressed, root, services, gateway, dns, postgres: running, events, authority, certificates }),
    stop: () => stopping.close(),
  }
}

async function startNameServer(spec: TargetSpec, stopping: Stopping): Promise<DnsServer> {
  const records = Object.fromEntries(publicNames(spec).map((name) => [name, { a: spec.dns.expect }]))
  const server = await startDnsServer(records)
  await stopping.add(() => server.stop())
  return server
}

/** The host's other secrets, under names of their own: they are in no answer, and redacted where they appear all the same. */
function namedSecrets(byFile: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(byFile).map(([file, secret]) => [`host.${file}`, secret]))
}
