import type { PoolClient } from 'pg'
import type { Probe, ProbeTemplate } from '../probe.ts'
import type { CatalogTable } from '../procedures/catalog.ts'
import type { PostgresSpec } from '../targets/schema.ts'
import { GRACE_MS } from './deadline.ts'
import { sqlErrorOf, statementRefused } from './postgres-error.ts'
import { inReadOnly, postgresAddress } from './postgres-session.ts'
import { quote } from './reproduce.ts'

/** A database's schema as it is: what tells it from another, and what it holds. */
export interface LiveSchema {
  /** SHA-256 of the catalog, as a backup's manifest has it. */
  readonly hash: string
  /** The newest migration that the database lists; null where it lists none. */
  readonly version: string | null
  readonly tables: readonly CatalogTable[]
}

/** Which rows are asked for: those of these tables, and of those the ones made since. */
export interface RowsAsked {
  readonly tables: readonly Pick<CatalogTable, 'schema' | 'name' | 'timeColumn'>[]
  /** ISO 8601; exclusive. */
  readonly since: string
}

/** How many rows a table has; null where they could not be counted in time, or where no column tells when a row was made. */
export interface RowCounts {
  /** As a manifest names it. */
  readonly table: string
  readonly rows: number | null
  readonly made: number | null
  readonly newest: Date | null
  /** Why something is null; empty where nothing is. */
  readonly why: string
}

const SCHEMA_MS = 15_000
/** One table; a big one is told without its number rather than made to work. */
const TABLE_MS = 4_000
const TABLES_MS = 60_000
const TOO_LONG = '57014'

/** The schema of the database, read in one read-only transaction. */
export function liveSchema(postgres: PostgresSpec): Probe<LiveSchema> {
  return {
    kind: 'postgres-schema',
    access: accessOf(postgres, 'read the catalog: tables, columns, constraints, functions', '\\d+ *.*'),
    deadlineMs: SCHEMA_MS + GRACE_MS,
    variant: JSON.stringify([postgres.database, postgres.user]),
    async read(session) {
      const [{ readCatalog }, { schemaHashOf }, { schemaVersion }] = await Promise.all([
        import('../procedures/catalog.ts'),
        import('../procedures/schema-hash.ts'),
        import('../procedures/table-counts.ts'),
      ])
      const value = await refusing(postgres, 'reading the catalog', () =>
        inReadOnly(
          session,
          postgres,
          async (client) => {
            const catalog = await readCatalog(client)
            const { tables } = catalog
            return { hash: schemaHashOf(catalog), version: await schemaVersion(client, tables), tables }
          },
          SCHEMA_MS,
        ),
      )
      return { value, raw: JSON.stringify(value, null, 1) }
    },
  }
}

/** The rows of tables that are known only once the catalog is; a table that cannot be counted is told without its number. */
export function rowCounts(postgres: PostgresSpec): ProbeTemplate<RowsAsked, RowCounts[]> {
  const access = accessOf(
    postgres,
    'count the rows of every table, and those made since the backup',
    'SELECT count(*), count(*) FILTER (WHERE created_at > $BACKUP), max(created_at) FROM $TABLE',
  )
  return {
    access,
    with: (asked) => ({
      kind: 'postgres-rows',
      access,
      deadlineMs: TABLES_MS + GRACE_MS,
      variant: JSON.stringify([postgres.database, postgres.user, asked]),
      async read(session) {
        const { quoted, tableName } = await import('../procedures/database.ts')
        const value: RowCounts[] = []
        const count = async (statement: string, values: readonly unknown[]) => {
          const ask = (client: PoolClient) => client.query<Counted>(statement, [...values])
          const { rows } = await inReadOnly(session, postgres, ask, TABLE_MS)
          return rows[0]
        }
        for (const { schema, name, timeColumn } of asked.tables) {
          const table = tableName(schema, name)
          const time = timeColumn === null ? null : quoted(timeColumn)
          const all = `SELECT count(*) AS rows, ${time === null ? 'NULL' : `count(*) FILTER (WHERE ${time} > $1)`} AS made, ${
            time === null ? 'NULL::timestamptz' : `max(${time})::timestamptz`
          } AS newest FROM ${quoted(schema, name)}`
          // Where there is an index on it, the new rows alone are counted in no time.
          const some = `SELECT NULL AS rows, count(*) AS made, max(${time})::timestamptz AS newest FROM ${quoted(schema, name)} WHERE ${time} > $1`
          value.push({ table, ...(await counted(count, asked.since, all, time === null ? undefined : some)) })
        }
        return { value, raw: JSON.stringify(value, null, 1) }
      },
    }),
  }
}

interface Counted {
  readonly rows: string | null
  readonly made: string | null
  readonly newest: Date | null
}
type Counting = (statement: string, values: readonly unknown[]) => Promise<Counted | undefined>

async function counted(count: Counting, since: string, all: string, some: string | undefined): Promise<Omit<RowCounts, 'table'>> {
  let why = ''
  for (const statement of [all, ...(some === undefined ? [] : [some])]) {
    try {
      const row = await count(statement, some === undefined ? [] : [since])
      return { rows: number(row?.rows), made: number(row?.made), newest: row?.newest ?? null, why }
    } catch (error) {
      const refusal = sqlErrorOf(error)
      if (refusal === undefined) throw error
      why =
        refusal.code === TOO_LONG
          ? `it could not be counted within ${TABLE_MS} ms`
          : `${refusal.message} (SQLSTATE ${refusal.code})`
      if (refusal.code !== TOO_LONG) break
    }
  }
  return { rows: null, made: null, newest: null, why }
}

function number(text: string | null | undefined): number | null {
  return text === null || text === undefined ? null : Number(text)
}

async function refusing<T>(postgres: PostgresSpec, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const refusal = sqlErrorOf(error)
    if (refusal === undefined) throw error
    throw statementRefused(postgresAddress(postgres), postgres.user, what, refusal)
  }
}

function accessOf(postgres: PostgresSpec, operation: string, command: string): Probe<unknown>['access'] {
  const { host, port, user, database } = postgres
  return {
    system: 'postgres',
    address: postgresAddress(postgres),
    operation,
    effect: 'read',
    reproduce: `PGOPTIONS='-c default_transaction_read_only=on' psql -h ${quote(host)} -p ${port} -U ${quote(user)} -d ${quote(database)} -c ${quote(command)}`,
  }
}
