import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { openShell } from '../../host/open.ts'
import type { Shell } from '../../host/shell.ts'
import type { EphemeralOptions } from '../../targets/ephemeral/start.ts'
import { type Machine, machineOf, prepareMachine } from '../../targets/ephemeral-host/prepare.ts'
import { settle } from '../../targets/ephemeral-host/settle.ts'
import type { Site } from '../../targets/ephemeral-host/site.ts'
import { deploy, described, type HostMark, startedOf, startHost, stopwatch } from '../../targets/ephemeral-host/start.ts'
import { type HostContainer, overSsh } from '../../targets/host-container/index.ts'
import { openLive } from '../../targets/live/open.ts'
import type { TargetSpec } from '../../targets/schema.ts'
import type { Started } from '../../targets/started.ts'
import { writeTargetFile } from '../read-only/target-file.ts'
import { asLive } from '../rollback-script/as-live.ts'

/** The host of the compose project. */
export const ROLE = 'services'

/** A host that is up and prepared by the infrastructure procedure, with a way in. */
export interface PreparedHost {
  readonly host: HostContainer
  readonly machine: Machine
  readonly live: Started
  readonly shell: Shell
  /** Milliseconds until the machine was up, and until it was prepared. */
  readonly tookMs: { readonly machine: number; readonly infrastructure: number }
  /** Ends the connections and removes it with all that lies in it; idempotent. */
  lose(): Promise<void>
}

/** Starts a machine, prepares it, and connects to it as to a live one. Whoever takes it loses it again, in whatever way. */
export async function prepareHost(options: EphemeralOptions, site: Site, mark: HostMark): Promise<PreparedHost> {
  const { runDirectory, watchdog, signal } = options
  const began = performance.now()
  const host = await startHost(options, site, mark)
  await using opened = new AsyncDisposableStack()
  opened.defer(() => host.stop())
  const machine = await machineOf(host)
  const up = performance.now()
  await overSsh(host, { directory: runDirectory, watchdog, signal }, (shell) =>
    prepareMachine(host, shell, { ...machine, secrets: site.secrets, signal }),
  )
  const spec = described(options.spec, host, site)
  const live = await openLive({ spec, secrets: { ...site.secrets }, directory: runDirectory, watchdog, signal })
  opened.defer(() => live.stop())
  const { [ROLE]: there } = live.spec.hosts
  if (there === undefined) throw new Error(`${spec.name} has no host ${ROLE}`)
  const shell = await openShell(there)
  opened.defer(() => shell.close())
  const kept = opened.move()
  const tookMs = { machine: up - began, infrastructure: performance.now() - up }
  return { host, machine, live, shell, tookMs, lose: () => kept.disposeAsync() }
}

/** Deploys the product on a prepared host as the target does. Returns what was put there: path → text. */
export async function deployOn(
  { host, machine, live }: PreparedHost,
  options: EphemeralOptions,
  site: Site,
): Promise<Record<string, string>> {
  const put = await deploy({ options, site, host, machine, live, lap: stopwatch(options.onProgress) })
  await settle(live.spec, options.signal)
  return put
}

/** Writes the file of the live target that this host is. Returns its path. */
export async function liveFile({ host, live }: PreparedHost, { options, site, put, spec }: LiveFile): Promise<string> {
  const started = await startedOf({ options, site, host, live, put, stop: async () => undefined })
  const directory = path.join(options.runDirectory, `as-live-${host.name}`)
  await mkdir(directory)
  return writeTargetFile(asLive(spec, started.spec), started.secrets, directory)
}

export interface LiveFile {
  readonly options: EphemeralOptions
  readonly site: Site
  /** What was put onto the host, or onto the one in whose place it is. */
  readonly put: Readonly<Record<string, string>>
  /** As the target's own file has it. */
  readonly spec: TargetSpec
}
