import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startWatchdog } from '../../watchdog/index.ts'

/** A directory for the socket of one connection. */
export interface SocketDirectory {
  readonly directory: string
  /** Idempotent. */
  remove(): Promise<void>
}

/** A socket's path may have 104 bytes; its own name, that of its directory and what ssh adds for a moment take the rest. */
const LONGEST_BASE = 66

/** Makes one among the run's own files; where their name is too long for a socket, a short one that goes with the process as well. */
export async function socketDirectory(): Promise<SocketDirectory> {
  const base = tmpdir()
  if (base.length <= LONGEST_BASE) {
    const directory = await mkdtemp(path.join(base, 'ssh-'))
    return { directory, remove: () => rm(directory, { recursive: true, force: true }) }
  }
  const watchdog = await startWatchdog()
  const directory = await mkdtemp('/tmp/rb-')
  watchdog.guardDirectory(directory)
  return { directory, remove: () => watchdog.stop() }
}
