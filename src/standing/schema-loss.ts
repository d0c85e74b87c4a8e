import type { LiveSchema, RowCounts } from '../probes/postgres-schema.ts'
import { tableName } from '../procedures/database.ts'
import type { Manifest } from '../procedures/manifest.ts'
import type { RollbackLoss } from '../report/rollback-loss.ts'
import type { ReleaseSpec } from '../targets/schema.ts'

/** Whether the schema can go back to the backup's, and what of it would vanish with the rows that it holds. */
export function schemaLoss(
  { database }: Manifest,
  live: LiveSchema,
  counts: readonly RowCounts[],
  release: ReleaseSpec | undefined,
): RollbackLoss['schema'] {
  const [was, now] = [database.schemaVersion, live.version]
  if (database.schemaHash === live.hash)
    return { state: 'same', was, now, wayBack: 'The schema is the one of the backup: nothing has to go back.', vanishing: [] }
  return { state: 'changed', was, now, wayBack: wayBack(was, now, release), vanishing: vanishing(database, live, counts) }
}

/** The restore takes the schema back in any case; whether a migration could, without the restore, only the release knows. */
function wayBack(was: string | null, now: string | null, release: ReleaseSpec | undefined): string {
  const versions = was === now ? 'without a new migration' : `from ${was ?? 'no migration'} to ${now ?? 'no migration'}`
  const start = `The schema has changed since the backup, ${versions};`
  const since = (declared: readonly string[]): string[] =>
    declared.filter((version) => now !== null && version <= now && (was === null || version > was))
  const restoreOnly = since(release?.restoreOnly ?? [])
  if (restoreOnly.length > 0)
    return `${start} the release says that ${restoreOnly.join(', ')} cannot be taken back: only the restore goes back.`
  const reversible = since(release?.reversible ?? [])
  if (reversible.length > 0)
    return `${start} the release says that ${reversible.join(', ')} can be taken back, without a restore.`
  return `${start} nobody said whether it can be taken back: the restore goes back, and takes everything below with it.`
}

function vanishing(database: Manifest['database'], live: LiveSchema, counts: readonly RowCounts[]): string[] {
  const before = new Map(database.tables.map((table) => [table.name, table]))
  const rowsOf = new Map(counts.map(({ table, rows }) => [table, rows]))
  return live.tables.flatMap(({ schema, name, columns }) => {
    const table = tableName(schema, name)
    const rows = rowsOf.get(table)
    const holds = rows === undefined || rows === null ? 'rows not counted' : `${rows} ${rows === 1 ? 'row' : 'rows'}`
    const known = before.get(table)
    if (known === undefined) return [`table ${table} (${holds})`]
    if (known.columns === undefined) return []
    const older = new Set(known.columns)
    return columns.filter((column) => !older.has(column)).map((column) => `column ${column} of ${table} (${holds})`)
  })
}
