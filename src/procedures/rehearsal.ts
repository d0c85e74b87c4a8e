import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import type { DatabaseConnection } from './database.ts'
import { withDatabase } from './database.ts'
import { dropDatabase, recreateDatabase } from './database-swap.ts'
import { backupTime, MANIFEST_FILE, type Manifest } from './manifest.ts'
import { restorePlainDump } from './plain-dump.ts'
import { readManifest, restoreDatabase } from './restore.ts'

export interface RehearsalOptions {
  /** The folder that holds all backups, readable here. */
  readonly backups: string
  /** A role that may create and drop databases on a server that nobody needs. */
  readonly admin: DatabaseConnection
  /** The role that owns what is restored. */
  readonly owner: Omit<DatabaseConnection, 'database'>
  /** What the application asks of its database, by a name for it. */
  readonly queries: Readonly<Record<string, string>>
  /** Name of the database that is restored into; dropped whatever happens. */
  readonly database: string
  readonly signal: AbortSignal
}

export interface RestoredBackup {
  readonly name: string
  /** When its snapshot was taken; null where no manifest says so. */
  readonly takenAt: string | null
  readonly hasManifest: boolean
  /** server_version_num of the server it was taken from; null where no manifest says so. */
  readonly serverVersion: number | null
  readonly schemaHash: { readonly manifest: string; readonly restored: string } | null
  readonly tables: readonly { readonly name: string; readonly manifest: number | null; readonly restored: number | null }[]
  readonly queries: readonly {
    readonly name: string
    readonly rows: number | null
    readonly problem: string
    readonly ms: number
  }[]
  /** Checking, restoring, comparing and asking, in milliseconds. */
  readonly ms: number
}

/** What came of restoring the newest backup that can be restored. */
export interface RehearsalReport {
  /** Newer backups that could not be restored, and why; newest first. */
  readonly failed: readonly { readonly name: string; readonly problem: string }[]
  readonly restored: RestoredBackup | null
  /** How many backups there are. */
  readonly backups: number
}

/** Walking back further than this would not end within any observation. */
const MAX_ATTEMPTS = 5

/** Restores the newest backup into a database of its own; where that fails, the next older one, and so on. */
export async function rehearseRestore(options: RehearsalOptions): Promise<RehearsalReport> {
  const names = await backupsIn(options.backups)
  const failed: { name: string; problem: string }[] = []
  try {
    for (const name of names.slice(0, MAX_ATTEMPTS)) {
      options.signal.throwIfAborted()
      try {
        return { failed, restored: await restoreOne(name, options), backups: names.length }
      } catch (error) {
        options.signal.throwIfAborted()
        failed.push({ name, problem: error instanceof Error ? error.message : String(error) })
      }
    }
    return { failed, restored: null, backups: names.length }
  } finally {
    await dropDatabase({ admin: options.admin }, options.database)
  }
}

/** Backups in a folder, newest first: directories and plain dumps; unfinished ones are none. */
async function backupsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const candidates = entries.filter(
    (entry) =>
      !entry.name.startsWith('.') && (entry.isDirectory() ? !entry.name.endsWith('.partial') : /\.sql(\.gz)?$/.test(entry.name)),
  )
  const dated = candidates.map(async ({ name }) => {
    const at = backupTime(name.replace(/\.sql(\.gz)?$/, '')) ?? (await stat(path.join(folder, name))).mtime
    return { name, at: at.getTime() }
  })
  return (await Promise.all(dated)).toSorted((one, other) => other.at - one.at).map(({ name }) => name)
}

async function restoreOne(name: string, options: RehearsalOptions): Promise<RestoredBackup> {
  const { backups, admin, owner, database, signal } = options
  const place = path.join(backups, name)
  const start = performance.now()
  await recreateDatabase({ admin, signal }, database, owner.user)
  const connection = { ...owner, database }
  const manifest = await manifestOf(place)
  const restored =
    manifest === undefined ? undefined : await restoreDatabase({ directory: place, manifest, database: connection, signal })
  if (manifest === undefined) await restorePlainDump(place, connection, signal)
  return {
    name,
    takenAt: manifest?.takenAt ?? null,
    hasManifest: manifest !== undefined,
    serverVersion: manifest?.database.serverVersion ?? null,
    schemaHash:
      manifest === undefined || restored === undefined
        ? null
        : { manifest: manifest.database.schemaHash, restored: restored.schemaHash },
    tables: (manifest?.database.tables ?? []).map(({ name: table, rows }) => ({
      name: table,
      manifest: rows,
      restored: restored?.tables.find((one) => one.name === table)?.rows ?? null,
    })),
    queries: await ask(connection, options.queries, signal),
    ms: performance.now() - start,
  }
}

/** The manifest; undefined for a plain dump, which has none. @throws UnusableBackup where there is one that cannot be read. */
async function manifestOf(place: string): Promise<Manifest | undefined> {
  const isPlain = (await stat(place)).isFile() || !(await readdir(place)).includes(MANIFEST_FILE)
  return isPlain ? undefined : readManifest(place)
}

function ask(
  connection: DatabaseConnection,
  queries: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<RestoredBackup['queries']> {
  return withDatabase(
    connection,
    async (client) => {
      const answers: RestoredBackup['queries'][number][] = []
      for (const [name, sql] of Object.entries(queries)) {
        const start = performance.now()
        const [answer] = await Promise.allSettled([client.query(sql)])
        const ms = performance.now() - start
        if (answer.status === 'fulfilled') answers.push({ name, rows: answer.value.rowCount, problem: '', ms })
        else answers.push({ name, rows: null, problem: String(answer.reason), ms })
      }
      return answers
    },
    { as: 'runbook-rehearsal', signal },
  )
}
