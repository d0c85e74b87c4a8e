import type pg from 'pg'
import type { CatalogTable } from './catalog.ts'
import { quoted, tableName } from './database.ts'
import type { BackupTable } from './manifest.ts'

/** Where migrations are listed, by the tools in use: table and the column that holds the version. */
export const MIGRATION_TABLES = [
  { table: 'schema_migrations', column: 'version' },
  { table: 'alembic_version', column: 'version_num' },
  { table: 'flyway_schema_history', column: 'version' },
] as const

/** Rows and newest row of each table, in the caller's snapshot. */
export async function countTables(client: pg.ClientBase, tables: readonly CatalogTable[]): Promise<BackupTable[]> {
  const counted: BackupTable[] = []
  for (const table of tables) {
    const newest = table.timeColumn === null ? 'NULL::timestamptz' : `max(${quoted(table.timeColumn)})::timestamptz`
    const { rows } = await client.query<{ rows: string; newest: Date | null }>(
      `SELECT count(*) AS rows, ${newest} AS newest FROM ${quoted(table.schema, table.name)}`,
    )
    const [row] = rows
    counted.push({
      name: tableName(table.schema, table.name),
      rows: Number(row?.rows),
      newest: row?.newest?.toISOString() ?? null,
      columns: [...table.columns],
    })
  }
  return counted
}

/** The newest migration that the database lists; null where it keeps no list that we know. */
export async function schemaVersion(client: pg.ClientBase, tables: readonly CatalogTable[]): Promise<string | null> {
  for (const { table, column } of MIGRATION_TABLES) {
    const found = tables.find(({ name, columns }) => name === table && columns.includes(column))
    if (found === undefined) continue
    const { rows } = await client.query<{ version: string | null }>(
      `SELECT max(${quoted(column)})::text AS version FROM ${quoted(found.schema, found.name)}`,
    )
    return rows[0]?.version ?? null
  }
  return null
}
