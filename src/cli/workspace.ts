import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { startWatchdog, type Watchdog } from '../watchdog/index.ts'

/** Where a run keeps what must not outlive it, guarded against every way to die. */
export interface Workspace {
  readonly directory: string
  readonly watchdog: Watchdog
  /** Removes the directory and ends the watchdog. */
  clear(): Promise<void>
}

/** Makes a directory of the run's own that is gone when the run is. */
export async function openWorkspace(): Promise<Workspace> {
  const watchdog = await startWatchdog()
  const directory = path.join(os.tmpdir(), `runbook-${randomUUID()}`)
  // Guarded before it exists: a SIGKILL in between would leave it behind.
  watchdog.guardDirectory(directory)
  await mkdir(directory, { mode: 0o700 })
  return {
    directory,
    watchdog,
    async clear() {
      await rm(directory, { recursive: true, force: true })
      await watchdog.stop()
    },
  }
}
