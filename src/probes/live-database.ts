import type { PoolClient } from 'pg'
import type { Session } from '../probe.ts'
import { type CatalogTable, readCatalog } from '../procedures/catalog.ts'
import { quoted, tableName } from '../procedures/database.ts'
import { schemaHashOf } from '../procedures/schema-hash.ts'
import type { LiveDatabase, LiveFacts } from '../rehearsal/live.ts'
import type { PostgresSpec } from '../targets/schema.ts'
import { sqlErrorOf, statementRefused } from './postgres-error.ts'
import { inReadOnly, postgresAddress } from './postgres-session.ts'

/** Milliseconds; counting goes through whole tables. */
const FACTS_MS = 30_000
const ROWS_MS = 180_000

/** The target's database as a rehearsal compares with it: every statement in a read-only transaction that is rolled back. */
export function liveDatabase(session: Session, spec: PostgresSpec): LiveDatabase {
  const read = async <T>(what: string, work: (client: PoolClient) => Promise<T>, deadlineMs: number): Promise<T> => {
    try {
      return await inReadOnly(session, spec, work, deadlineMs)
    } catch (error) {
      const refusal = sqlErrorOf(error)
      throw refusal === undefined ? error : statementRefused(postgresAddress(spec), spec.user, what, refusal)
    }
  }
  return {
    name: spec.database,
    facts: () => read('SELECT version, size, roles and schema', factsOf, FACTS_MS),
    rowsUntil: (tables, until) => read('SELECT rows made until the dump', (client) => rowsUntil(client, tables, until), ROWS_MS),
  }
}

async function factsOf(client: PoolClient): Promise<LiveFacts> {
  const { rows } = await client.query<{ version: string; bytes: string; roles: string[] }>(
    `SELECT current_setting('server_version_num') AS version, pg_database_size(current_database()) AS bytes,
       (SELECT coalesce(array_agg(rolname::text ORDER BY rolname), '{}') FROM pg_roles WHERE rolname !~ '^pg_') AS roles`,
  )
  const [row] = rows
  const catalog = await readCatalog(client)
  return {
    serverVersion: Number(row?.version),
    bytes: Number(row?.bytes),
    roles: row?.roles ?? [],
    schemaHash: schemaHashOf(catalog),
    tables: catalog.tables,
  }
}

async function rowsUntil(client: PoolClient, tables: readonly CatalogTable[], until: Date): Promise<Map<string, number>> {
  const counted = new Map<string, number>()
  for (const { schema, name, timeColumn } of tables) {
    if (timeColumn === null) continue
    const sql = `SELECT count(*) AS rows FROM ${quoted(schema, name)} WHERE ${quoted(timeColumn)} <= $1`
    const { rows } = await client.query<{ rows: string }>(sql, [until])
    counted.set(tableName(schema, name), Number(rows[0]?.rows))
  }
  return counted
}
