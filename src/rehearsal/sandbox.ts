import type { Readable } from 'node:stream'
import type { DatabaseConnection } from '../procedures/database.ts'
import type { Loader } from './there.ts'

/** A PostgreSQL server that is made for one rehearsal and is gone when that ends, however it ends. */
export interface Sandbox {
  /** Its superuser, connected to `postgres`. */
  readonly admin: DatabaseConnection
  readonly major: number
  /** Machine and server, in words. */
  readonly description: string
  /** Directory on this machine whose disk holds its data; undefined where that is somewhere else. */
  readonly directory: string | undefined
  /** Where the server is on a machine inside the zone: how backups are loaded there, out of files that it sees itself. */
  readonly there?: Loader
  /** Restores an archive of pg_dump into that database. @throws with the tool’s own words */
  restoreArchive(archive: Readable, into: DatabaseConnection, signal: AbortSignal): Promise<void>
  /** Ends it and looks that nothing of it is left. Idempotent. */
  destroy(): Promise<Destruction>
}

/** What became of a sandbox. */
export interface Destruction {
  /** What was seen to be gone. */
  readonly gone: readonly string[]
  readonly left: readonly string[]
}

/** What a sandbox must be able to do. */
export interface SandboxNeeds {
  readonly major: number
  /** An archive of pg_dump is to be restored. */
  readonly archive: boolean
}

/** Settings for a database that nobody will miss: nothing of it need survive a crash. */
export const DISPOSABLE_SETTINGS = {
  wal_level: 'minimal',
  max_wal_senders: '0',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  autovacuum: 'off',
  shared_buffers: '128MB',
  maintenance_work_mem: '128MB',
  max_wal_size: '4GB',
  checkpoint_timeout: '30min',
  // What a rehearsal that was given up has asked for is not worked on any further.
  client_connection_check_interval: '500ms',
} as const
