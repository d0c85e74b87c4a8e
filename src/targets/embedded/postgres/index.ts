import { chown, mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { Watchdog } from '../../../watchdog/index.ts'
import { barrierFor, serverAccount } from './account.ts'
import { findBinaries } from './binaries.ts'
import { initialiseCluster } from './initialise.ts'
import { type Server, startServer } from './server.ts'

export { createDatabase, type DatabaseOptions } from '../../disposable/database.ts'
export { PostgresUnavailable, packagedMajor } from './binaries.ts'

export interface PostgresOptions {
  /** A directory of this server's own; made where it does not exist. */
  readonly directory: string
  /** Of the account `postgres`. */
  readonly superuserPassword: string
  readonly watchdog?: Watchdog
  readonly signal: AbortSignal
  /** Server settings by their name in postgresql.conf, such as `max_connections`. */
  readonly settings?: Readonly<Record<string, string>>
}

const RESTART_MS = 30_000

/** A real PostgreSQL of this run alone. */
export interface Postgres {
  readonly host: '127.0.0.1'
  /** Stays the same when the server is stopped and started again. */
  readonly port: number
  readonly superuser: 'postgres'
  readonly superuserPassword: string
  readonly logFile: string
  readonly pid: number
  /** Starts it again on the same port and data. */
  start(): Promise<void>
  /** Ends it; `immediate` as a crash would. Idempotent. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>
}

/**
 * Makes a cluster and starts a server on a free port of loopback; as root it runs as nobody.
 * @throws PostgresUnavailable where this platform has no binaries, Error with the server's words where it does not come up.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { directory, superuserPassword, watchdog, signal, settings = {} } = options
  const account = serverAccount()
  await mkdir(directory, { recursive: true, mode: account === undefined ? 0o700 : 0o711 })
  if (account !== undefined) await requireWay(account, directory)
  const binaries = await findBinaries(directory, account)
  if (account !== undefined) await chown(directory, account.uid, account.gid)
  const dataDirectory = path.join(directory, 'data')
  await initialiseCluster({ binaries, account, dataDirectory, superuserPassword, watchdog, signal })
  const logFile = path.join(directory, 'postgres.log')
  const serverOptions = { binaries, account, dataDirectory, logFile, settings, watchdog, signal }
  let server: Server = await startServer(serverOptions)
  return {
    host: server.host,
    port: server.port,
    superuser: 'postgres',
    superuserPassword,
    logFile,
    get pid() {
      return server.pid
    },
    async start() {
      // The signal was for the first start, which may be long ago.
      server = await startServer({ ...serverOptions, signal: AbortSignal.timeout(RESTART_MS) }, server.port)
    },
    stop: (mode) => server.stop(mode),
  }
}

async function requireWay(account: { readonly uid: number; readonly gid: number }, directory: string): Promise<void> {
  const barrier = barrierFor(account, directory)
  if (barrier === undefined) return
  throw new Error(
    `PostgreSQL refuses to run as root, and nobody may not enter ${barrier} on the way to ${directory}; set TMPDIR to a directory that every account may enter, or run as an ordinary user`,
  )
}
