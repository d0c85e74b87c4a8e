import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { Cause } from '../outcome.ts'
import type { TargetSpec } from '../targets/schema.ts'
import type { Started } from '../targets/started.ts'
import { startWatchdog } from '../watchdog/index.ts'

/** A target that was opened, or the cause why nothing of it can be looked at. Stopping leaves nothing behind. */
export type Opened = { stop(): Promise<void> } & (
  | { readonly started: Started }
  | { readonly started: undefined; readonly cause: Cause }
)

/** Opens the target: starts a disposable one, takes a live one as its file describes it. Never throws for what the target does. */
export function openTarget(spec: TargetSpec, secrets: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Opened> {
  return spec.kind === 'embedded' ? openEmbedded(signal) : openLive(spec, secrets)
}

async function openLive(spec: TargetSpec, secrets: Readonly<Record<string, string>>): Promise<Opened> {
  const stop = async (): Promise<void> => undefined
  return { started: { spec, secrets, parts: [], release: {}, notes: [], stop }, stop }
}

async function openEmbedded(signal: AbortSignal): Promise<Opened> {
  const { startEmbedded } = await import('../targets/embedded/index.ts')
  const watchdog = await startWatchdog()
  // Guarded before it exists: a SIGKILL in between would leave it behind.
  const runDirectory = path.join(os.tmpdir(), `runbook-${randomUUID()}`)
  watchdog.guardDirectory(runDirectory)
  await mkdir(runDirectory, { mode: 0o700 })
  const clear = async (): Promise<void> => {
    await rm(runDirectory, { recursive: true, force: true })
    await watchdog.stop()
  }
  try {
    const started = await startEmbedded({ runDirectory, signal, watchdog })
    return {
      started,
      async stop() {
        await started.stop()
        await clear()
      },
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return {
      started: undefined,
      cause: { id: 'target:embedded', text: `the embedded target did not start: ${reason}` },
      stop: clear,
    }
  }
}
