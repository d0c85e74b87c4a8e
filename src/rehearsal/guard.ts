import { statfs } from 'node:fs/promises'
import { Unobserved } from '../outcome.ts'
import { withDatabase } from '../procedures/database.ts'
import { BrokenBackup } from './flaw.ts'
import type { Sandbox } from './sandbox.ts'

export interface GuardOptions {
  readonly sandbox: Sandbox
  /** The database that is filled. */
  readonly database: string
  /** So many bytes it may become. */
  readonly most: number
  /** Where that bound comes from, in words. */
  readonly bound: string
  readonly signal: AbortSignal
}

const EVERY_MS = 500
/** So much of our own disk is left to others. */
const RESERVE_BYTES = 512 * 1024 * 1024

/** Our own side has no room: that says nothing of the backup. */
export function noRoom(directory: string, more: string): Unobserved {
  return new Unobserved({
    id: 'rehearsal:no-room',
    text: `the disk of the machine that rehearses has no room for the restored database (${directory}: ${more}); free some, or set rehearsal.directory to a larger disk`,
  })
}

/** Works while a database is watched: it must neither become larger than it can be, nor fill our disk. @throws BrokenBackup, Unobserved, or what the work threw */
export async function guarded<T>(options: GuardOptions, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { sandbox, database, most, bound, signal } = options
  const stop = new AbortController()
  const done = new AbortController()
  const both = AbortSignal.any([signal, stop.signal])
  const watch = withDatabase(
    sandbox.admin,
    async (client) => {
      while (!done.signal.aborted) {
        const { rows } = await client.query<{ bytes: string }>('SELECT pg_database_size($1) AS bytes', [database])
        const bytes = Number(rows[0]?.bytes ?? 0)
        if (bytes > most)
          return stop.abort(
            new BrokenBackup(
              'bomb',
              `it had become ${bytes} bytes in the database, more than ${most} (${bound}), when it was stopped`,
            ),
          )
        const room = await roomIn(sandbox.directory)
        if (room !== undefined && room < RESERVE_BYTES && sandbox.directory !== undefined)
          return stop.abort(noRoom(sandbox.directory, `${room} bytes left`))
        await pause(EVERY_MS, done.signal)
      }
    },
    { as: 'runbook-rehearsal-guard', signal: both },
  )
  // Where the server itself went away, the work tells of it.
  const watched = Promise.allSettled([watch])
  try {
    return await work(both)
  } catch (error) {
    throw stop.signal.aborted ? stop.signal.reason : error
  } finally {
    done.abort()
    await watched
  }
}

/** Free bytes of the disk that holds a directory; undefined where it is not ours. */
export async function roomIn(directory: string | undefined): Promise<number | undefined> {
  if (directory === undefined) return undefined
  const { bavail, bsize } = await statfs(directory)
  return bavail * bsize
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  signal.addEventListener('abort', () => resolve(), { once: true })
  return promise.finally(() => clearTimeout(timer))
}
