import { until } from '../wait.ts'
import { readCatalog } from './catalog.ts'
import { type DatabaseConnection, quoted, withDatabase } from './database.ts'
import type { RollbackTroubleName } from './drills.ts'
import { schemaHashOf } from './schema-hash.ts'
import { countTables } from './table-counts.ts'

/** What befalls a rollback while it is under way, on purpose. */
export interface RollbackTrouble {
  readonly name: RollbackTroubleName
  /** Prepares it before the rollback begins. */
  arm(): Promise<void>
  /** Goes on beside the rollback; the signal aborts once the rollback has ended. */
  strike(signal: AbortSignal): Promise<void>
  /** Puts right what an operator would: afterwards the rollback is run again. */
  mend(): Promise<void>
}

/** How often the server is asked whether the restore is under way, in milliseconds. */
const WATCH_MS = 2
const WATCH_LONGEST_MS = 120_000

/**
 * The server ends while rows are being restored. `kill` ends it as a power cut would, `revive` starts it again and resolves once
 * it answers.
 */
export function databaseKilled(
  admin: DatabaseConnection,
  { kill, revive }: { readonly kill: () => Promise<void>; readonly revive: () => Promise<void> },
): RollbackTrouble {
  return {
    name: 'database killed during restore',
    arm: async () => undefined,
    async strike(signal) {
      const isCopying = await withDatabase(admin, (client) =>
        until(
          async () => (await client.query(RESTORING)).rowCount === 1,
          (seen) => seen,
          { deadlineMs: WATCH_LONGEST_MS, everyMs: WATCH_MS, signal },
        ),
      )
      if (isCopying) await kill()
    },
    mend: revive,
  }
}

const RESTORING = "SELECT FROM pg_stat_activity WHERE application_name = 'runbook-restore' AND query ILIKE 'COPY%' LIMIT 1"

/** Ends the session that restores, for servers that must not be killed as a whole. */
export function endRestoringSession(admin: DatabaseConnection): Promise<void> {
  return withDatabase(admin, async (client) => {
    await client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'runbook-restore'")
  })
}

/** What is restored goes onto a disk that is too small for it: an empty directory of the server's own account on the server. */
export function diskFull(admin: DatabaseConnection, database: string, directory: string): RollbackTrouble {
  const query = (text: string): Promise<void> =>
    withDatabase(admin, async (client) => {
      await client.query(text)
    })
  return {
    name: 'disk full during restore',
    async arm() {
      await query(`CREATE TABLESPACE small LOCATION '${directory.replaceAll("'", "''")}'`)
      await query('GRANT CREATE ON TABLESPACE small TO PUBLIC')
      // A database that is made beside the live one takes its settings over, this one included.
      await query(`ALTER DATABASE ${quoted(database)} SET default_tablespace TO small`)
    },
    strike: async () => undefined,
    mend: () => query(`ALTER DATABASE ${quoted(database)} RESET default_tablespace`),
  }
}

/** What is in a database, so that it can be told whether anything of it was changed: one line a table, and the schema. */
export function contentsOf(database: DatabaseConnection): Promise<readonly string[]> {
  return withDatabase(database, async (client) => {
    const catalog = await readCatalog(client)
    const tables = await countTables(client, catalog.tables)
    return [`schema ${schemaHashOf(catalog).slice(0, 12)}`, ...tables.map(({ name, rows }) => `${name}: ${rows} rows`)]
  })
}
