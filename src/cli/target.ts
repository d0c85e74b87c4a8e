import type { Cause } from '../outcome.ts'
import type { TargetSpec } from '../targets/schema.ts'
import type { Started } from '../targets/started.ts'
import type { Workspace } from './workspace.ts'

/** A target that was opened, or the cause why nothing of it can be looked at. */
export type Opened = { readonly started: Started } | { readonly started: undefined; readonly cause: Cause }

export interface OpenOptions {
  readonly spec: TargetSpec
  /** Of a live target; a disposable one makes its own. */
  readonly secrets: Readonly<Record<string, string>>
  readonly workspace: Workspace
  readonly signal: AbortSignal
  /** Leave an ephemeral target’s containers up. */
  readonly keep: boolean
  readonly onProgress: (text: string) => void
}

/** Opens the target: starts a disposable one, takes a live one as its file describes it. Never throws for what the target does. */
export async function openTarget(options: OpenOptions): Promise<Opened> {
  const { spec } = options
  try {
    return { started: await open(options) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { started: undefined, cause: { id: `target:${spec.name}`, text: `the target ${spec.name} did not start: ${reason}` } }
  }
}

function open(options: OpenOptions): Promise<Started> {
  const { kind } = options.spec
  if (kind === 'live') return openLive(options)
  return kind === 'embedded' ? openEmbedded(options) : openEphemeral(options)
}

async function openLive({ spec, secrets, workspace, signal }: OpenOptions): Promise<Started> {
  const { openLive: open } = await import('../targets/live/index.ts')
  return open({ spec, secrets, directory: workspace.directory, watchdog: workspace.watchdog, signal })
}

async function openEmbedded({ spec, workspace, signal }: OpenOptions): Promise<Started> {
  // Imported only where it is started: a live run needs none of it.
  const { startEmbedded } = await import('../targets/embedded/index.ts')
  return startEmbedded({ runDirectory: workspace.directory, watchdog: workspace.watchdog, signal, drills: spec.drills })
}

async function openEphemeral({ spec, workspace, signal, keep, onProgress }: OpenOptions): Promise<Started> {
  const { ensureImages } = await import('../images/index.ts')
  const { directory: runDirectory, watchdog } = workspace
  const options = { spec, runDirectory, watchdog, signal, keep, onProgress, ensureImages }
  // Where its hosts are reached by ssh, the stack is to be deployed on one.
  if (Object.values(spec.hosts).some(({ shell }) => shell === 'ssh')) {
    const { startEphemeralHost } = await import('../targets/ephemeral-host/index.ts')
    return startEphemeralHost(options)
  }
  const { startEphemeral } = await import('../targets/ephemeral/index.ts')
  return startEphemeral(options)
}
