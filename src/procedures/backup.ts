import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type pg from 'pg'
import { readCatalog } from './catalog.ts'
import { type ConfigurationFile, copyConfiguration } from './configuration.ts'
import { type DatabaseConnection, inTransaction, serverVersion, withDatabase } from './database.ts'
import { chooseDump, type DatabaseDump } from './dump.ts'
import { BACKUP_FORMAT, type BackupDatabase, type BackupFile, backupName, MANIFEST_FILE, type Manifest } from './manifest.ts'
import { schemaHashOf } from './schema-hash.ts'
import { countTables, schemaVersion } from './table-counts.ts'

export interface BackupOptions {
  /** The folder that holds all backups; the new one gets a directory of its own in it. */
  readonly backups: string
  readonly database: DatabaseConnection
  /** Every file that a rollback must bring back: environment file, compose file, configuration. One that is missing is an error. */
  readonly configuration: readonly ConfigurationFile[]
  readonly configurationFolders?: readonly string[]
  /** Service → digest of the image that runs now. */
  readonly images: Readonly<Record<string, string>>
  /** How to dump the database; chosen by what is on the PATH where absent. */
  readonly dump?: DatabaseDump
  /** End offsets of the topics, asked right after the snapshot was taken. */
  readonly kafka?: () => Promise<NonNullable<Manifest['kafka']>>
  /** Stores a snapshot of Redis in the directory given. */
  readonly redis?: (directory: string) => Promise<{ readonly file: BackupFile; readonly keys: number }>
  /** The time that names the backup; now where absent. */
  readonly at?: Date
  readonly signal?: AbortSignal
}

export interface Backup {
  readonly directory: string
  readonly manifest: Manifest
}

/**
 * Takes one backup: a directory named by the UTC time, complete and checked, or none at all. While it is being written its
 * name ends in `.partial`, so that nobody takes it for a backup; the manifest comes last.
 * @throws what made it impossible; nothing is left behind then.
 */
export async function takeBackup(options: BackupOptions): Promise<Backup> {
  const start = performance.now()
  const at = options.at ?? new Date()
  const directory = path.join(options.backups, backupName(at))
  const unfinished = `${directory}.partial`
  await mkdir(options.backups, { recursive: true, mode: 0o700 })
  await mkdir(unfinished, { mode: 0o700 })
  try {
    const contents = await writeContents(unfinished, options)
    const manifest: Manifest = {
      format: BACKUP_FORMAT,
      takenAt: at.toISOString(),
      ...contents,
      tookMs: performance.now() - start,
    }
    await writeFile(path.join(unfinished, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600, flush: true })
    await rename(unfinished, directory)
    return { directory, manifest }
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    throw error
  }
}

async function writeContents(
  directory: string,
  options: BackupOptions,
): Promise<Omit<Manifest, 'format' | 'takenAt' | 'tookMs'>> {
  const { configuration, files: copies } = await copyConfiguration(directory, options.configuration)
  const { database, files, kafka } = await dumpDatabase(directory, options)
  const redis = await options.redis?.(directory)
  return {
    database,
    files: [...files, ...copies, ...(redis === undefined ? [] : [redis.file])],
    images: { ...options.images },
    configuration,
    configurationFolders: [...(options.configurationFolders ?? [])],
    ...(kafka === undefined ? {} : { kafka }),
    ...(redis === undefined ? {} : { redis: { path: redis.file.path, keys: redis.keys } }),
  }
}

interface Dumped {
  readonly database: BackupDatabase
  readonly files: readonly BackupFile[]
  readonly kafka: Manifest['kafka']
}

/** Dump, row counts and schema hash in one exported snapshot: they describe the same instant. */
function dumpDatabase(directory: string, options: BackupOptions): Promise<Dumped> {
  const { database: connection, signal } = options
  const work = async (client: pg.Client): Promise<Dumped> => {
    const version = await serverVersion(client)
    const tool = options.dump ?? (await chooseDump(version))
    return inTransaction(client, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', async () => {
      const { rows } = await client.query<{ snapshot: string }>('SELECT pg_export_snapshot() AS snapshot')
      const kafka = await options.kafka?.()
      const catalog = await readCatalog(client)
      const aborting = signal === undefined ? {} : { signal }
      const request = { connection, client, snapshot: rows[0]?.snapshot ?? '', catalog, directory, ...aborting }
      const files = await tool.dump(request)
      const tables = await countTables(client, catalog.tables)
      const { method } = tool
      const version_ = await schemaVersion(client, catalog.tables)
      const hash = schemaHashOf(catalog)
      const { database: name } = connection
      return {
        files,
        kafka,
        database: { name, serverVersion: version, method, schemaHash: hash, schemaVersion: version_, tables },
      }
    })
  }
  return withDatabase(connection, work, { as: 'runbook-backup', ...(signal === undefined ? {} : { signal }) })
}
