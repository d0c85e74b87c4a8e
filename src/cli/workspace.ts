import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { startWatchdog, type Watchdog } from '../watchdog/index.ts'
import { scratchDirectory } from './scratch.ts'
import { disown, sweepWorkspaces, writeOwner } from './workspace-owner.ts'

/** Where a run keeps what must not outlive it, guarded against every way to die. */
export interface Workspace {
  readonly directory: string
  readonly watchdog: Watchdog
  /** Lets the directory outlive the run: somebody wants to look at what it holds. */
  keep(): void
  /** Removes the directory, unless it is to be kept, and ends the watchdog. */
  clear(): Promise<void>
}

/** Makes a directory of the run's own that is gone when the run is. */
export async function openWorkspace(): Promise<Workspace> {
  const watchdog = await startWatchdog()
  const scratch = await scratchDirectory()
  await sweepWorkspaces(scratch)
  const directory = path.join(scratch, `runbook-${randomUUID()}`)
  // Guarded before it exists: a SIGKILL in between would leave it behind.
  watchdog.guardDirectory(directory)
  await mkdir(directory, { mode: 0o700 })
  await writeOwner(directory)
  let isKept = false
  return {
    directory,
    watchdog,
    keep() {
      isKept = true
      watchdog.release({ directory })
      disown(directory)
    },
    async clear() {
      if (!isKept) await rm(directory, { recursive: true, force: true })
      await watchdog.stop()
    },
  }
}
