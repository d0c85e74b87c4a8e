import type pg from 'pg'
import { catalogQueries } from './catalog-queries.ts'
import { quoted } from './database.ts'

/** One object of a schema as the statement that makes it; statements of one phase are in an order in which they can run. */
export interface SchemaStatement {
  /** `before`: before the rows come in; `after`: once they are in. */
  readonly phase: 'before' | 'after'
  readonly sql: string
}

export interface CatalogTable {
  readonly schema: string
  readonly name: string
  /** In order; without generated columns, whose values are not copied. */
  readonly columns: readonly string[]
  /** The column that holds when a row was made: the first timestamp that defaults to now; null where there is none. */
  readonly timeColumn: string | null
}

export interface Catalog {
  readonly statements: readonly SchemaStatement[]
  readonly tables: readonly CatalogTable[]
  readonly sequences: readonly { readonly schema: string; readonly name: string }[]
  /** Objects that this reading cannot turn into statements, such as `view public.x`; a COPY dump refuses them. */
  readonly unsupported: readonly string[]
}

/** Reads a database's own objects (not the system's, not an extension's) inside the caller's transaction. */
export async function readCatalog(client: pg.ClientBase): Promise<Catalog> {
  // With an empty path the server prints every name with its schema, whoever asks.
  await client.query("SELECT pg_catalog.set_config('search_path', '', true)")
  const list = async (sql: string): Promise<string[]> => (await client.query<{ sql: string }>(sql)).rows.map((row) => row.sql)
  const before: string[] = []
  for (const sql of catalogQueries.before) before.push(...(await list(sql)))
  const tables = await readTables(client)
  before.push(...tables.map(({ statement }) => statement))
  for (const sql of catalogQueries.beforeRows) before.push(...(await list(sql)))
  const after: string[] = []
  for (const sql of catalogQueries.after) after.push(...(await list(sql)))
  return {
    statements: [
      ...before.map((sql) => ({ phase: 'before' as const, sql })),
      ...after.map((sql) => ({ phase: 'after' as const, sql })),
    ],
    tables: tables.map(({ schema, name, columns, timeColumn }) => ({ schema, name, columns, timeColumn })),
    sequences: (await client.query<{ schema: string; name: string }>(catalogQueries.sequenceNames)).rows,
    unsupported: await list(catalogQueries.unsupported),
  }
}

interface ColumnRow {
  readonly schema: string
  readonly table: string
  readonly column: string | null
  readonly definition: string | null
  readonly generated: boolean
  readonly made_at: boolean
  readonly unlogged: boolean
}

async function readTables(client: pg.ClientBase): Promise<(CatalogTable & { readonly statement: string })[]> {
  const { rows } = await client.query<ColumnRow>(catalogQueries.columns)
  const byTable = Map.groupBy(rows, ({ schema, table }) => quoted(schema, table))
  return [...byTable].map(([table, columns]) => {
    const [first] = columns
    const real = columns.filter((column) => column.column !== null)
    return {
      schema: first?.schema ?? '',
      name: first?.table ?? '',
      columns: real.filter(({ generated }) => !generated).flatMap(({ column }) => column ?? []),
      timeColumn: real.find((column) => column.made_at)?.column ?? null,
      statement: `CREATE ${first?.unlogged === true ? 'UNLOGGED ' : ''}TABLE ${table} (${real.map(({ definition }) => definition).join(', ')})`,
    }
  })
}
