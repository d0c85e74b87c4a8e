import { createHash } from 'node:crypto'
import path from 'node:path'
import { announceWindow, scrapedJobs, type Window } from '../../../fixtures/ephemeral/index.ts'
import { openShell } from '../../host/open.ts'
import { publicNames } from '../disposable/public-names.ts'
import { Stopping } from '../disposable/stopping.ts'
import { RUN_LABEL } from '../ephemeral/labels.ts'
import { outcomeOf } from '../ephemeral/outcome.ts'
import type { Failure } from '../ephemeral/stack.ts'
import type { EphemeralOptions } from '../ephemeral/start.ts'
import { type HostContainer, overSsh, STORE_PLACE, startHostContainer } from '../host-container/index.ts'
import { openLive } from '../live/open.ts'
import type { TargetSpec } from '../schema.ts'
import type { Started } from '../started.ts'
import { composeText } from './compose-text.ts'
import { makeData } from './data.ts'
import { withDeployed, withHost, withOutside } from './describe.ts'
import { frontDoorProblem } from './front-door.ts'
import { putHistory } from './history.ts'
import { type Machine, machineOf, prepareMachine, putContent } from './prepare.ts'
import { settle, startHelpers } from './settle.ts'
import { openSite, type Site } from './site.ts'
import { deployRelease, platformOf } from './stack.ts'

/** The stack on its host, with a way to the host beside ssh. */
export interface StartedOnHost extends Started {
  readonly host: Pick<HostContainer, 'run'>
}

/**
 * Deploys the stack by our procedures on a host container, and opens it as a live target over ssh. Stopping, or a start that fails,
 * leaves no container, network or volume; the run's directory stays.
 * @throws Error saying what could not be done and what to do
 */
export async function startEphemeralHost(options: EphemeralOptions): Promise<StartedOnHost> {
  const stopping = new Stopping()
  try {
    const started = await start(options, stopping)
    options.signal.throwIfAborted()
    return started
  } catch (error) {
    await stopping.close()
    throw error
  }
}

async function start(options: EphemeralOptions, stopping: Stopping): Promise<StartedOnHost> {
  const { runDirectory, signal, watchdog } = options
  const lap = stopwatch(options.onProgress)
  const site = await openSite(options, stopping)
  lap('images are there')
  const host = await startHost(options, site)
  const outside = await startOutside(options, site, host)
  lap('the host is up')
  const machine = await machineOf(host)
  const { secrets } = site
  await overSsh(host, { directory: runDirectory, watchdog, signal }, (shell) => {
    return prepareMachine(host, shell, { ...machine, secrets, signal })
  })
  lap('the host is prepared, its engine runs')
  const spec = withOutside(described(options.spec, host, site), { host, outside })
  const live = await openLive({ spec, secrets: { ...secrets }, directory: runDirectory, watchdog, signal })
  await stopping.add(live.stop)
  const put = await deploy({ options, site, host, machine, live, lap })
  await settle(live.spec, signal)
  lap('everything was scraped once')
  return startedOf({ options, site, host, live, put, stop: () => stopping.close() })
}

/** What tells one host of a run from another. */
export interface HostMark {
  /** Ends its name. */
  readonly suffix?: string
  /** Port of the host → port of loopback that it takes over from another. */
  readonly publishAs?: Readonly<Record<number, number>>
  /** Volume that its backups lie on, and that outlives it; a file system of its own where there is none. */
  readonly backups?: string
}

/** Starts a host of the run: a machine with an engine that is not configured yet, and nothing of the product. */
export function startHost(
  { spec, runDirectory, signal }: EphemeralOptions,
  { engine, run, hostImage, stack, store }: Site,
  { suffix = '', publishAs = {}, backups }: HostMark = {},
): Promise<HostContainer> {
  return startHostContainer({
    engine,
    image: hostImage,
    name: `${spec.name}-${run.id.slice(0, 8)}${suffix}`,
    labels: run.labels,
    directory: path.join(runDirectory, `ssh${suffix}`),
    hasEngine: 'later',
    publish: [stack.gateway.tls, stack.gateway.plain],
    network: run.network,
    volumes: { [store]: STORE_PLACE, ...(backups === undefined ? {} : { [backups]: spec.paths.backups }) },
    publishAs,
    names: Object.fromEntries(publicNames(spec).map((name) => [name, '127.0.0.1'])),
    // Backups lie on a file system of their own.
    places: backups === undefined ? [spec.paths.backups] : [],
    signal,
  })
}

/** A machine beside the host that resolves the public names as the public does, and knows nothing of the host's inside. */
function startOutside({ spec, runDirectory, signal }: EphemeralOptions, { engine, run, hostImage }: Site, host: HostContainer) {
  return startHostContainer({
    engine,
    image: hostImage,
    name: `${host.name}-outside`,
    labels: run.labels,
    directory: path.join(runDirectory, 'ssh-outside'),
    hasEngine: false,
    network: run.network,
    names: Object.fromEntries(publicNames(spec).map((name) => [name, host.address])),
    signal,
  })
}

export function described(spec: TargetSpec, host: HostContainer, { stack, authority, dnsServers }: Site): TargetSpec {
  const gateway = { tls: host.published(stack.gateway.tls), plain: host.published(stack.gateway.plain) }
  return withHost(spec, { host, gateway, caFile: authority.file, dnsServers })
}

export interface Deploying {
  readonly options: EphemeralOptions
  readonly site: Site
  readonly host: HostContainer
  readonly machine: Machine
  readonly live: Started
  readonly lap: (what: string) => void
}

/** Configuration, then the deploy, then what a host has gathered in time. Returns what was put onto the host: path → text. */
export async function deploy({ options, site, host, machine, live, lap }: Deploying): Promise<Record<string, string>> {
  const { spec } = live
  const { runDirectory, signal, onProgress, now = new Date() } = options
  const { stack, source, secrets, certificates, authority, release } = site
  const { services: servicesHost } = spec.hosts
  if (spec.compose === undefined || servicesHost === undefined)
    throw new Error(`target ${spec.name} must describe \`compose\` and \`hosts.services\``)
  const shell = await openShell(servicesHost)
  const tlsPort = host.published(stack.gateway.tls)
  const text = composeText({ stack, source, project: spec.compose.project, images: references(site), tlsPort, ...machine })
  const put = await putContent(host, shell, {
    spec,
    certificates,
    authority: authority.certificate,
    secrets,
    composeFile: { file: spec.compose.file, text },
    tlsPort,
    parts: new Set(Object.keys(release.images)),
    signal,
  })
  lap('configuration is on the host')
  const platform = platformOf({
    spec,
    shell,
    release,
    migrate: () => makeData({ spec, shell, secrets, now, signal }),
    frontDoorProblem: () => doorProblem(spec, authority.certificate),
    signal,
  })
  const log = path.join(runDirectory, 'deployment.log')
  const windows: Window[] = []
  const announce = async (step: string): Promise<void> => {
    const { alertmanager } = spec
    // From when there is somebody to tell, to the end.
    if (step === 'monitoring' && alertmanager !== undefined)
      windows.push(await announceWindow(alertmanager.url, Object.keys(spec.services), signal))
  }
  await deployRelease(platform, release, { log, signal, onProgress, onStep: announce })
  for (const window of windows) await window.close()
  lap('the release is deployed')
  await startHelpers(host, spec, site)
  await putHistory({ host, shell, spec, secrets, put, log, runDirectory, now, signal })
  lap('backups are on the host')
  return put
}

/** Service → how the compose file names its image: as at the outer engine, pinned by its id. */
function references({ had }: Site): Record<string, string> {
  return Object.fromEntries([...had].map(([service, { name, id }]) => [service, `${name.replace(/@.*$/, '')}@${id}`]))
}

export function doorProblem(spec: TargetSpec, authority: string): Promise<string | undefined> {
  const [service] = Object.values(spec.services).filter(({ public: url }) => url !== undefined)
  const url = new URL(service?.health ?? '/', service?.public)
  return frontDoorProblem({ url, authority })
}

export interface Ready {
  readonly options: EphemeralOptions
  readonly site: Site
  readonly host: HostContainer
  readonly live: Started
  readonly put: Readonly<Record<string, string>>
  readonly stop: () => Promise<void>
}

export async function startedOf({ options, site, host, live, put, stop }: Ready): Promise<StartedOnHost> {
  const { spec, keep } = options
  const { images, source, leftovers, release } = site
  const failures = new Map<string, Failure>(
    [...images].flatMap(([name, image]) =>
      'unobtainable' in image ? [[name, { root: name, reason: image.unobtainable }] as const] : [],
    ),
  )
  const outcome = outcomeOf({ spec, images, failures, compose: source, leftovers, keep, gateway: site.stack.gateway.part })
  const running = Object.keys(release.images)
  return {
    ...live,
    spec: withDeployed(live.spec, {
      parts: outcome.parts,
      running,
      jobs: scrapedJobs(new Set(running)),
      release: Object.fromEntries(Object.entries(release.images).filter(([name]) => spec.services[name] !== undefined)),
      reviewed: reviewed(put, spec),
      firewall: await rulesOf(host),
    }),
    secrets: { ...live.secrets, ...(await otherSecrets(host, spec)) },
    parts: outcome.images,
    release: outcome.release,
    notes: [...outcome.notes.filter((note) => !note.startsWith('Host facts')), ...(keep ? keptNotes(options, host, site) : [])],
    stop,
    host,
  }
}

function keptNotes({ onProgress }: EphemeralOptions, { ssh, name }: HostContainer, { run }: Site): string[] {
  const label = `label=${RUN_LABEL}=${run.id}`
  const notes = [
    `Kept: \`ssh -F ${ssh.config} ${ssh.alias}\`, or as root \`docker exec -it ${name} bash\`.`,
    `Remove it with: docker rm -fv $(docker ps -aq --filter ${label}); docker network rm $(docker network ls -q --filter ${label})`,
  ]
  for (const note of notes) onProgress(note)
  return notes
}

/** The monitoring configuration counts as reviewed as it is put onto the host: path → SHA-256. */
function reviewed(put: Readonly<Record<string, string>>, { paths }: TargetSpec): Record<string, string> {
  const own = Object.entries(put).filter(([place]) => place === paths.prometheusConfig || place.startsWith(paths.prometheusRules))
  return Object.fromEntries(own.map(([place, text]) => [place, createHash('sha256').update(text).digest('hex')]))
}

/** The packet filter's rules count as reviewed as they are once everything runs. */
async function rulesOf(host: HostContainer): Promise<string[]> {
  const lines = (await host.run(['nft', '-s', 'list', 'ruleset'])).split('\n')
  return lines.map((line) => line.trim()).filter((line) => line !== '')
}

/** The host's other secrets, under names of their own: they are in no answer, and redacted where they appear all the same. */
async function otherSecrets(host: HostContainer, { paths }: TargetSpec): Promise<Record<string, string>> {
  const names = (await host.run(['ls', paths.secrets])).split('\n').filter((name) => name !== '')
  const read = async (name: string) => [`host.${name}`, await host.run(['cat', `${paths.secrets}/${name}`])] as const
  return Object.fromEntries(await Promise.all(names.map(read)))
}

export function stopwatch(onProgress: (text: string) => void): (what: string) => void {
  let since = performance.now()
  return (what) => {
    onProgress(`${what}, after ${((performance.now() - since) / 1_000).toFixed(1)} s`)
    since = performance.now()
  }
}
