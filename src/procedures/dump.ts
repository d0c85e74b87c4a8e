import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type pg from 'pg'
import type { Catalog } from './catalog.ts'
import { copyDump } from './copy-dump.ts'
import type { DatabaseConnection } from './database.ts'
import type { BackupDatabase, BackupFile, Manifest } from './manifest.ts'
import { pgDump } from './pg-dump.ts'

export interface DumpRequest {
  readonly connection: DatabaseConnection
  /** Inside the transaction that holds the snapshot. */
  readonly client: pg.Client
  /** The exported snapshot, for those who bring their own connection. */
  readonly snapshot: string
  readonly catalog: Catalog
  /** The backup's directory. */
  readonly directory: string
  readonly signal?: AbortSignal
}

export interface LoadRequest {
  readonly connection: DatabaseConnection
  /** Inside the transaction that is committed only when everything was compared; undefined for tools with their own. */
  readonly client: pg.Client
  readonly directory: string
  readonly manifest: Manifest
  readonly signal?: AbortSignal
}

/** A way to get a database into files and back. */
export interface DatabaseDump {
  readonly method: BackupDatabase['method']
  /** True where loading happens inside the client's own transaction; otherwise the tool has one of its own. */
  readonly loadsInTransaction: boolean
  /** Writes the dump below the backup's directory. @throws where it would be empty or incomplete, leaving no file. */
  dump(request: DumpRequest): Promise<readonly BackupFile[]>
  /** Loads it into an empty database, stopping at the first error. */
  load(request: LoadRequest): Promise<void>
}

/** pg_dump where one of the server's major or a newer one is on the PATH; otherwise a schema and COPY streams. */
export async function chooseDump(serverVersionNum: number): Promise<DatabaseDump> {
  const major = await toolMajor('pg_dump')
  return major !== undefined && major >= Math.floor(serverVersionNum / 10_000) ? pgDump() : copyDump()
}

/** What keeps a backup of that method from being loaded here, in words; undefined where nothing does. */
export async function obstacleToLoading(method: BackupDatabase['method']): Promise<string | undefined> {
  if (method === 'copy' || (await toolMajor('pg_restore')) !== undefined) return undefined
  return 'the backup was taken by pg_dump, and pg_restore is not on the PATH; install the server’s client tools'
}

/** The way that a backup was taken, which is the way in which it must be loaded. */
export function dumpOf(method: BackupDatabase['method']): DatabaseDump {
  return method === 'copy' ? copyDump() : pgDump()
}

/** Major version of a PostgreSQL tool on the PATH; undefined where there is none. */
export async function toolMajor(tool: string): Promise<number | undefined> {
  try {
    const { stdout } = await promisify(execFile)(tool, ['--version'], { timeout: 5_000 })
    const major = /\(PostgreSQL\) (\d+)/.exec(stdout)?.[1]
    return major === undefined ? undefined : Number(major)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
