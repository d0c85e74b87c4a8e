import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { generateSecrets } from '../../../fixtures/ephemeral/index.ts'
import { PortReservations } from '../../ports.ts'
import type { Watchdog } from '../../watchdog/index.ts'
import { createAuthority } from '../disposable/certificates.ts'
import { startDnsServer } from '../disposable/dns-server.ts'
import { issueAll } from '../disposable/public-certificates.ts'
import { publicNames } from '../disposable/public-names.ts'
import { Stopping } from '../disposable/stopping.ts'
import type { TargetSpec } from '../schema.ts'
import type { Started } from '../started.ts'
import { type ComposeSource, deployCompose, readComposeFile } from './compose-file.ts'
import { withRunFacts } from './describe.ts'
import { connectEngine, type Engine } from './engine.ts'
import { gatewayPorts, jobsOf, prepareHost } from './host.ts'
import { companyImages, type EnsureImages, type HadImage, type Images, pinned } from './images.ts'
import { RUN_LABEL, runLabels } from './labels.ts'
import { removeLeftovers, removeRun } from './leftovers.ts'
import { outcomeOf } from './outcome.ts'
import { requireRoom } from './room.ts'
import { runParts } from './run-parts.ts'
import { loadStackFile, type StackFile } from './stack-file.ts'

export interface EphemeralOptions {
  readonly spec: TargetSpec
  /** An empty directory of this run; whoever made it removes it. */
  readonly runDirectory: string
  readonly signal: AbortSignal
  readonly watchdog: Watchdog
  readonly ensureImages: EnsureImages
  /** Leave the containers up when the target is stopped. */
  readonly keep: boolean
  readonly onProgress: (text: string) => void
  readonly now?: Date
}

/** Name servers, so that a difference between resolvers can be seen. */
const DNS_SERVERS = 2

/**
 * Starts the stack in containers on a network of its own. Parts that cannot be started are in the description, with the reason.
 * Stopping, or a start that fails, leaves no container, network or volume; the run's directory stays.
 * @throws Error where nothing could be started at all, saying what to do.
 */
export async function startEphemeral(options: EphemeralOptions): Promise<Started> {
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

async function startParts(options: EphemeralOptions, stopping: Stopping): Promise<Started> {
  const { spec, runDirectory, signal, onProgress, keep, now = new Date() } = options
  const stack = loadStackFile(spec.stack ?? missingStack(spec))
  const compose = readComposeFile(stack, spec.images)
  const engine = await connectEngine()
  const leftovers = await removeLeftovers(engine)
  await requireRoom(engine, runDirectory)
  const images = await imagesOf(options, engine, stack, compose)
  signal.throwIfAborted()
  const run = await openRun(options, engine, stopping)
  const dns = await startNameServers(spec, stopping)
  const secrets = generateSecrets(now)
  const authority = await createAuthority({ name: 'Ephemeral target CA', now })
  const deployed = await deployCompose(compose, {
    project: run.project,
    images: Object.fromEntries(had(images).map(([name, image]) => [name, pinned(image)])),
    reservePort: () => run.reservations.reserve(),
  })
  const caFile = path.join(runDirectory, 'ca.pem')
  await writeFile(caFile, authority.certificate)
  const root = path.join(runDirectory, 'host')
  await mkdir(root, { recursive: true })
  const certificates = await issueAll(spec, authority)
  const host = await prepareHost({ spec, stack, root, now, secrets, deployed, certificates, authority: authority.certificate })
  const facts = {
    engine,
    host,
    caFile,
    project: run.project,
    ports: deployed.ports,
    gateway: gatewayPorts(stack, deployed),
    dnsServers: dns,
    reviewed: host.reviewed,
    jobs: jobsOf(deployed),
    release: Object.fromEntries(
      had(images).flatMap(([name, { digest }]) => (spec.services[name] === undefined ? [] : [[name, digest]])),
    ),
  }
  const addressed = withRunFacts(spec, { ...facts, parts: {} })
  onProgress('starting the stack …')
  const failures = await runParts({
    spec: addressed,
    stack,
    compose,
    deployed,
    images,
    run,
    engine,
    root,
    secrets,
    now,
    signal,
    onProgress,
  })
  const outcome = outcomeOf({ spec, images, failures, compose, leftovers, keep, gateway: stack.gateway.part })
  const kept = keep ? keptNotes(addressed, run.id, runDirectory) : []
  for (const note of kept) onProgress(note)
  return {
    spec: withRunFacts(spec, { ...facts, parts: outcome.parts }),
    secrets: { ...namedSecrets(host.secrets), ...secrets },
    parts: outcome.images,
    release: outcome.release,
    notes: [...outcome.notes, ...kept],
    stop: () => stopping.close(),
  }
}

/** The run as an engine sees it. */
export interface EphemeralRun {
  readonly id: string
  readonly project: string
  readonly network: string
  readonly labels: Readonly<Record<string, string>>
  readonly reservations: PortReservations
}

/** Makes the network; from here on everything of the run is guarded. */
export async function openRun(
  { spec, watchdog, keep, signal }: EphemeralOptions,
  engine: Engine,
  stopping: Stopping,
): Promise<EphemeralRun> {
  const id = randomUUID()
  const label = `${RUN_LABEL}=${id}`
  const project = `${spec.compose?.project ?? spec.name}-${id.slice(0, 8)}`
  const labels = runLabels(id, keep)
  const reservations = new PortReservations()
  watchdog.guardContainers({ engine: engine.address, label })
  await stopping.add(async () => {
    await reservations.close()
    // A start that was broken off is cleared away, whoever wanted to keep what it would have become.
    if (!keep || signal.aborted) await removeRun(engine.address, id)
    watchdog.release({ containers: label })
  })
  await engine.docker.createNetwork({ Name: project, Driver: 'bridge', Labels: labels })
  return { id, project, labels, reservations, network: project }
}

export async function imagesOf(
  { spec, ensureImages, signal, onProgress }: EphemeralOptions,
  engine: Engine,
  stack: StackFile,
  compose: ComposeSource,
): Promise<Images> {
  const wanted = Object.keys(compose.services).filter((name) => spec.parts[name] !== 'none')
  const own = await companyImages(engine.docker, spec.images)
  const catalogued = new Map(wanted.filter((name) => !own.has(name)).map((name) => [name, stack.parts[name]?.image ?? name]))
  const others = await ensureImages([...new Set(catalogued.values())], { signal, onProgress })
  const found = [...catalogued].map(([name, image]) => {
    return [name, others.get(image) ?? { unobtainable: `nobody knows an image ${image}` }] as const
  })
  return new Map([...found, ...own])
}

export function had(images: Images): [string, HadImage][] {
  return [...images].flatMap(([name, image]) => ('unobtainable' in image ? [] : [[name, image] as [string, HadImage]]))
}

export async function startNameServers(spec: TargetSpec, stopping: Stopping): Promise<string[]> {
  const records = Object.fromEntries(publicNames(spec).map((name) => [name, { a: spec.dns.expect }]))
  const servers = await Promise.all(Array.from({ length: DNS_SERVERS }, () => startDnsServer(records)))
  await Promise.all(servers.map((server) => stopping.add(() => server.stop())))
  return servers.map(({ port }) => `127.0.0.1:${port}`)
}

/** The host's other secrets, under names of their own: they are in no answer, and redacted where they appear all the same. */
export function namedSecrets(byFile: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(byFile).map(([file, secret]) => [`host.${file}`, secret]))
}

export function missingStack(spec: TargetSpec): never {
  throw new Error(`target ${spec.name} does not say how its stack is run; add \`stack\` to its file`)
}

function keptNotes(spec: TargetSpec, runId: string, runDirectory: string): string[] {
  const addresses = [
    ...Object.entries(spec.services).map(([name, { url }]) => `${name} ${url}`),
    ...(spec.postgres ? [`postgres ${spec.postgres.host}:${spec.postgres.port}`] : []),
    ...(spec.redis ? [`redis ${spec.redis.host}:${spec.redis.port}`] : []),
    ...(spec.kafka ? [`kafka ${spec.kafka.brokers.join(',')}`] : []),
    ...(spec.prometheus ? [`prometheus ${spec.prometheus.url}`] : []),
    ...(spec.alertmanager ? [`alertmanager ${spec.alertmanager.url}`] : []),
  ]
  const label = `label=${RUN_LABEL}=${runId}`
  return [
    `Kept: ${addresses.join(', ')}; secrets and files in ${runDirectory}.`,
    `Remove it with: docker rm -fv $(docker ps -aq --filter ${label}); docker network rm $(docker network ls -q --filter ${label}); rm -r ${runDirectory}`,
  ]
}
