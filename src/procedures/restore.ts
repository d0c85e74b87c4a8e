import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import type pg from 'pg'
import { readCatalog } from './catalog.ts'
import { type DatabaseConnection, inTransaction, serverVersion, withDatabase } from './database.ts'
import { type DatabaseDump, dumpOf } from './dump.ts'
import { type BackupTable, MANIFEST_FILE, type Manifest, parseManifest, UnusableBackup } from './manifest.ts'
import { schemaHashOf } from './schema-hash.ts'
import { verifyFile } from './stored-file.ts'
import { countTables } from './table-counts.ts'

/** A manifest of our database is some kilobytes. */
const MAX_MANIFEST_BYTES = 8 * 1024 * 1024

/** What a restored database holds, counted before it was committed. */
export interface Restored {
  readonly schemaHash: string
  readonly tables: readonly BackupTable[]
  readonly verifyMs: number
  readonly loadMs: number
}

/** Reads a backup's manifest. @throws UnusableBackup where there is none or it is not one of ours. */
export async function readManifest(directory: string): Promise<Manifest> {
  const file = path.join(directory, MANIFEST_FILE)
  const size = await stat(file).then(
    (found) => found.size,
    (error: NodeJS.ErrnoException) => {
      throw new UnusableBackup(`${directory} has no readable ${MANIFEST_FILE} (${error.code}); without one it is incomplete`, {
        cause: error,
      })
    },
  )
  if (size > MAX_MANIFEST_BYTES) throw new UnusableBackup(`${file} has ${size} bytes; a manifest has some thousand`)
  return parseManifest(await readFile(file, 'utf8'), directory)
}

/** Checks every file of a backup against its manifest. @throws UnusableBackup at the first that differs. */
export async function verifyBackup(directory: string, manifest: Manifest, signal?: AbortSignal): Promise<void> {
  for (const file of manifest.files) await verifyFile(directory, file, signal)
}

export interface RestoreOptions {
  readonly directory: string
  readonly manifest: Manifest
  /** An empty database; who connects becomes the owner of what is made. */
  readonly database: DatabaseConnection
  readonly signal?: AbortSignal
}

/**
 * Restores a backup's database into an empty one, in one transaction that is committed only when schema hash and row counts
 * equal the manifest. @throws UnusableBackup, or what the server said at the first error; the database is then empty as before.
 */
export async function restoreDatabase({ directory, manifest, database, signal }: RestoreOptions): Promise<Restored> {
  const start = performance.now()
  await verifyBackup(directory, manifest, signal)
  const verified = performance.now()
  const tool = dumpOf(manifest.database.method)
  const aborting = signal === undefined ? {} : { signal }
  const work = async (client: pg.Client): Promise<Omit<Restored, 'verifyMs' | 'loadMs'>> => {
    await requireServer(client, manifest)
    await requireEmpty(client, database.database)
    const load = (): Promise<void> => tool.load({ connection: database, client, directory, manifest, ...aborting })
    return loadAndCompare(client, tool, load, manifest)
  }
  const restored = await withDatabase(database, work, { as: 'runbook-restore', ...aborting })
  return { ...restored, verifyMs: verified - start, loadMs: performance.now() - verified }
}

async function loadAndCompare(
  client: pg.Client,
  tool: DatabaseDump,
  load: () => Promise<void>,
  manifest: Manifest,
): Promise<Omit<Restored, 'verifyMs' | 'loadMs'>> {
  if (!tool.loadsInTransaction) await load()
  return inTransaction(client, 'BEGIN', async () => {
    if (tool.loadsInTransaction) await load()
    const catalog = await readCatalog(client)
    const restored = { schemaHash: schemaHashOf(catalog), tables: await countTables(client, catalog.tables) }
    const problems = differences(restored, manifest)
    if (problems.length > 0) throw new UnusableBackup(`what was restored is not what was backed up: ${problems.join('; ')}`)
    return restored
  })
}

/** In which points a restored database differs from the manifest; empty where it is the same. */
export function differences(restored: Pick<Restored, 'schemaHash' | 'tables'>, manifest: Manifest): string[] {
  const found = new Map(restored.tables.map((table) => [table.name, table]))
  const expected = new Map(manifest.database.tables.map((table) => [table.name, table]))
  return [
    ...(restored.schemaHash === manifest.database.schemaHash
      ? []
      : [`schema hash ${restored.schemaHash.slice(0, 12)} instead of ${manifest.database.schemaHash.slice(0, 12)}`]),
    ...manifest.database.tables.flatMap(({ name, rows }) => {
      const table = found.get(name)
      if (table === undefined) return [`table ${name} is missing`]
      return table.rows === rows ? [] : [`table ${name} has ${table.rows} rows instead of ${rows}`]
    }),
    ...restored.tables.flatMap(({ name }) => (expected.has(name) ? [] : [`table ${name} is not in the manifest`])),
  ]
}

async function requireServer(client: pg.Client, manifest: Manifest): Promise<void> {
  const major = Math.floor((await serverVersion(client)) / 10_000)
  const wanted = Math.floor(manifest.database.serverVersion / 10_000)
  if (major < wanted)
    throw new UnusableBackup(
      `the backup is of PostgreSQL ${wanted} and this server is ${major}; restore into one of ${wanted} or newer`,
    )
}

async function requireEmpty(client: pg.Client, database: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_'
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
     ORDER BY 1 LIMIT 3`,
  )
  if (rows.length === 0) return
  const some = rows.map(({ name }) => name).join(', ')
  throw new Error(
    `database ${database} is not empty (${some} …); a restore goes into an empty database, so create a new one for it`,
  )
}
