import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, rm, stat } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { serverVersion, withDatabase } from '../procedures/database.ts'
import { runTool } from '../procedures/postgres-tool.ts'
import { startPostgres } from '../targets/embedded/postgres.ts'
import { startWatchdog } from '../watchdog/index.ts'
import { type Destruction, DISPOSABLE_SETTINGS, type Sandbox } from './sandbox.ts'

export interface OwnServerOptions {
  /** Directory in which its own is made. */
  readonly base: string
  readonly signal: AbortSignal
}

/** The server that the project brings along, in a directory of its own, guarded against every way in which a run can die. */
export async function ownServer({ base, signal }: OwnServerOptions): Promise<Sandbox> {
  const watchdog = await startWatchdog()
  const directory = path.join(base, `rehearsal-${randomUUID()}`)
  watchdog.guardDirectory(directory)
  const clear = async (): Promise<void> => {
    await rm(directory, { recursive: true, force: true })
    await watchdog.stop()
  }
  try {
    // As root the server is another account’s, which must find its way.
    await mkdir(directory, { mode: process.getuid?.() === 0 ? 0o711 : 0o700 })
    const superuserPassword = randomBytes(18).toString('base64url')
    const place = path.join(directory, 'server')
    const server = await startPostgres({ directory: place, superuserPassword, watchdog, signal, settings: DISPOSABLE_SETTINGS })
    const { host, port, superuser: user, pid } = server
    const admin = { host, port, user, password: superuserPassword, database: 'postgres' }
    const version = await withDatabase(admin, serverVersion, { as: 'runbook-rehearsal', signal })
    let destruction: Promise<Destruction> | undefined
    const destroy = async (): Promise<Destruction> => {
      await server.stop('immediate')
      await clear()
      return looked(pid, directory)
    }
    return {
      admin,
      major: Math.floor(version / 10_000),
      description: `${os.hostname()}, PostgreSQL ${Math.floor(version / 10_000)}.${version % 10_000} of the run’s own`,
      directory,
      restoreArchive: (archive, into, aborting) =>
        runTool('pg_restore', [...RESTORE, '--dbname', into.database], into, { signal: aborting, input: [archive] }).finish(),
      destroy: () => {
        destruction ??= destroy()
        return destruction
      },
    }
  } catch (error) {
    await clear()
    throw error
  }
}

/** As the rollback restores: stop at the first error, everything belongs to who restores. */
export const RESTORE = ['--single-transaction', '--exit-on-error', '--no-owner', '--no-password'] as const

async function looked(pid: number, directory: string): Promise<Destruction> {
  const process_ = isAlive(pid) ? [] : [`the server’s process ${pid} has ended`]
  const hasGone = await stat(directory).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  )
  return {
    gone: [...process_, ...(hasGone ? [`${directory} is gone, and the rows with it`] : [])],
    left: [...(process_.length === 0 ? [`the server’s process ${pid}`] : []), ...(hasGone ? [] : [directory])],
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}
