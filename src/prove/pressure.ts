import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import os from 'node:os'
import path from 'node:path'

/** What keeps the machine busy while runs are proved. */
export interface Pressure extends AsyncDisposable {
  /** For the proof's first lines. */
  readonly words: string
}

const WORKER = new URL('./pressure-worker.ts', import.meta.url)
const MOST_MEMORY = 4 * 1024 ** 3

/**
 * Keeps processor, disk and memory busy until it is disposed of: a process computing for every core, one that writes and waits
 * for the disk of that directory, one that touches so many bytes of memory (a quarter of what is free, 4 GiB at most) again and again. All of them are
 * under way when it resolves, and end with this process however it ends.
 */
export async function startPressure(directory: string, memory = quarterOfFreeMemory()): Promise<Pressure> {
  const cores = os.availableParallelism()
  const sources = [
    ...Array.from({ length: cores }, () => ['cpu']),
    ['disk', path.join(directory, 'pressure')],
    ['memory', String(memory)],
  ]
  const children = sources.map((words) => fork(WORKER, words, { execArgv: [], stdio: 'ignore' }))
  const end = async (): Promise<void> => {
    await Promise.all(children.map(ended))
  }
  try {
    await Promise.all(children.map(begun))
  } catch (error) {
    await end()
    throw error
  }
  return {
    words: `under pressure: ${cores} busy processes, one that writes and waits for the disk, one that touches ${Math.round(memory / 1024 ** 2)} MiB of memory again and again`,
    [Symbol.asyncDispose]: end,
  }
}

function quarterOfFreeMemory(): number {
  return Math.min(Math.floor(process.availableMemory() / 4), MOST_MEMORY)
}

/** @throws Error where the process ended instead. */
async function begun(child: ChildProcess): Promise<void> {
  const [message] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as unknown[]
  if (message !== 'under way') throw new Error(`a source of pressure ended before it began (${String(message)})`)
}

/** Closes its channel, upon which it tidies up and ends. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  if (child.connected) child.disconnect()
  await exit
}
