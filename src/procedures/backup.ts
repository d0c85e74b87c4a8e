import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type pg from 'pg'
import { readCatalog } from './catalog.ts'
import { type ConfigurationFile, copyConfiguration } from './configuration.ts'
import { type DatabaseConnection, inTransaction, serverVersion, withDatabase } from './database.ts'
import { chooseDump, type DatabaseDump } from './dump.ts'
import { BACKUP_FORMAT, type BackupDatabase, type BackupFile, backupName, MANIFEST_FILE, type Manifest } from './manifest.ts'
import { type Bodies, withBodies } from './outline.ts'
import { BACKUP } from './outlines.ts'
import { type Act, type Ask, NOTHING } from './procedure.ts'
import { readManifest, verifyBackup } from './restore.ts'
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
  const at = options.at ?? new Date()
  const directory = path.join(options.backups, backupName(at))
  const unfinished = `${directory}.partial`
  const written: { manifest?: Manifest } = {}
  const bodies = backupBodies(options, { at, directory, unfinished, written })
  try {
    for (const { precondition, run } of withBodies(BACKUP, bodies)) {
      const obstacle = await precondition?.()
      if (obstacle !== undefined) throw new Error(obstacle)
      await run()
    }
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    throw error
  }
  if (written.manifest === undefined) throw new Error('the backup ended without a manifest')
  return { directory, manifest: written.manifest }
}

interface Place {
  readonly at: Date
  readonly directory: string
  /** Where it is written until it is whole. */
  readonly unfinished: string
  readonly written: { manifest?: Manifest }
}

function backupBodies(options: BackupOptions, place: Place): Bodies<typeof BACKUP, Act, Ask> {
  const { at, directory, unfinished, written } = place
  const start = performance.now()
  let configuration: Awaited<ReturnType<typeof copyConfiguration>> = { files: [], configuration: [] }
  let dumped: Dumped | undefined
  let redis: Awaited<ReturnType<NonNullable<BackupOptions['redis']>>> | undefined
  return {
    'check inputs': { run: NOTHING, precondition: () => missing(options) },
    'copy configuration': {
      run: async () => {
        await mkdir(options.backups, { recursive: true, mode: 0o700 })
        await mkdir(unfinished, { mode: 0o700 })
        configuration = await copyConfiguration(unfinished, options.configuration)
      },
    },
    'dump database': {
      run: async () => {
        dumped = await dumpDatabase(unfinished, options)
      },
    },
    'snapshot Redis': {
      run: async () => {
        redis = await options.redis?.(unfinished)
      },
    },
    'write manifest': {
      run: async () => {
        if (dumped === undefined) throw new Error('there is no dump')
        written.manifest = {
          format: BACKUP_FORMAT,
          takenAt: at.toISOString(),
          database: dumped.database,
          files: [...dumped.files, ...configuration.files, ...(redis === undefined ? [] : [redis.file])],
          images: { ...options.images },
          configuration: configuration.configuration,
          configurationFolders: [...(options.configurationFolders ?? [])],
          ...(dumped.kafka === undefined ? {} : { kafka: dumped.kafka }),
          ...(redis === undefined ? {} : { redis: { path: redis.file.path, keys: redis.keys } }),
          tookMs: performance.now() - start,
        }
        const text = `${JSON.stringify(written.manifest, null, 2)}\n`
        await writeFile(path.join(unfinished, MANIFEST_FILE), text, { mode: 0o600, flush: true })
      },
    },
    verify: {
      run: async () => {
        await verifyBackup(unfinished, await readManifest(unfinished), options.signal)
        await rename(unfinished, directory)
      },
    },
  }
}

/** Which file of the configuration is not there; undefined where none is missing. @throws where the database does not answer. */
async function missing({ configuration, database, signal }: BackupOptions): Promise<string | undefined> {
  const found = await Promise.all(
    configuration.map(({ source, original }) =>
      stat(source).then(
        () => [],
        (error: NodeJS.ErrnoException) => [`${original} (${error.code})`],
      ),
    ),
  )
  const absent = found.flat()
  // Throws where the database does not answer.
  if (absent.length === 0) await withDatabase(database, serverVersion, { as: 'runbook-backup', ...(signal && { signal }) })
  return absent.length === 0 ? undefined : `what a rollback would need cannot be read: ${absent.join(', ')}`
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
