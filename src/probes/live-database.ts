import type { PoolClient } from 'pg'
import type { Probe, Session } from '../probe.ts'
import { type CatalogTable, readCatalog } from '../procedures/catalog.ts'
import { quoted, tableName } from '../procedures/database.ts'
import { schemaHashOf } from '../procedures/schema-hash.ts'
import type { LiveDatabase, LiveFacts } from '../rehearsal/live.ts'
import type { PostgresSpec } from '../targets/schema.ts'
import { GRACE_MS } from './deadline.ts'
import { sqlErrorOf, statementRefused } from './postgres-error.ts'
import { inReadOnly, postgresAddress } from './postgres-session.ts'
import { quote } from './reproduce.ts'

/** Milliseconds; counting goes through whole tables. */
const FACTS_MS = 30_000
const ROWS_MS = 180_000
const FACTS = 'SELECT version, size, roles and schema'
const ROWS = 'SELECT the rows of each table that were made until the backup'

/** The target's database as a rehearsal compares with it: every statement in a read-only transaction that is rolled back. */
export function liveDatabase(session: Session, spec: PostgresSpec): LiveDatabase {
  return {
    name: spec.database,
    facts: async () => (await session.share(liveFacts(spec))).value,
    rowsUntil: (tables, until) =>
      read(session, spec, { what: ROWS, work: (client) => rowsUntil(client, tables, until), deadlineMs: ROWS_MS }),
  }
}

function liveFacts(spec: PostgresSpec): Probe<LiveFacts> {
  return {
    kind: 'live-database',
    access: {
      system: 'postgres',
      address: postgresAddress(spec),
      operation: FACTS,
      effect: 'read',
      reproduce: `pg_dump --schema-only --no-owner -h ${quote(spec.host)} -p ${spec.port} -U ${quote(spec.user)} ${quote(spec.database)}`,
    },
    deadlineMs: FACTS_MS + GRACE_MS,
    variant: spec.database,
    async read(session) {
      const value = await read(session, spec, { what: FACTS, work: factsOf, deadlineMs: FACTS_MS })
      return { value, raw: JSON.stringify({ ...value, tables: value.tables.map(({ name }) => name) }, null, 1) }
    },
  }
}

interface Reading<T> {
  readonly what: string
  readonly work: (client: PoolClient) => Promise<T>
  readonly deadlineMs: number
}

async function read<T>(session: Session, spec: PostgresSpec, { what, work, deadlineMs }: Reading<T>): Promise<T> {
  try {
    return await inReadOnly(session, spec, work, deadlineMs)
  } catch (error) {
    const refusal = sqlErrorOf(error)
    throw refusal === undefined ? error : statementRefused(postgresAddress(spec), spec.user, what, refusal)
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
