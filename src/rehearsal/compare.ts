import type pg from 'pg'
import { type Catalog, type CatalogTable, readCatalog } from '../procedures/catalog.ts'
import { inTransaction, quoted, tableName } from '../procedures/database.ts'
import type { Manifest } from '../procedures/manifest.ts'
import { differences } from '../procedures/restore.ts'
import { schemaHashOf } from '../procedures/schema-hash.ts'
import { countTables } from '../procedures/table-counts.ts'
import { BrokenBackup } from './flaw.ts'
import type { LiveDatabase, LiveFacts } from './live.ts'
import type { ComparedTable, RestoredBackup } from './model.ts'

export interface Comparing {
  readonly client: pg.Client
  readonly name: string
  readonly manifest: Manifest | undefined
  /** When it was begun, by its name. */
  readonly begun: Date | undefined
  readonly live: LiveDatabase | undefined
  readonly facts: LiveFacts | undefined
  /** Tables by which the product’s own database is known; empty where nobody says. */
  readonly known: readonly string[]
}

export type Compared = Pick<RestoredBackup, 'comparedWith' | 'until' | 'schemaHash' | 'tables' | 'takenAt'>

/** Rows are stored a little later than the time that stands in them. */
const LATE_MS = 60_000

/** Compares what was restored with what it should be. @throws BrokenBackup where it is something else */
export function compared(comparing: Comparing): Promise<Compared> {
  return inTransaction(comparing.client, 'BEGIN READ ONLY', async () => {
    const catalog = await readCatalog(comparing.client)
    requireOurs(catalog, comparing)
    const hash = schemaHashOf(catalog)
    const counted = await countTables(comparing.client, catalog.tables)
    const { manifest, facts, begun } = comparing
    const schemaHash = { restored: hash, manifest: manifest?.database.schemaHash ?? null, live: facts?.schemaHash ?? null }
    if (manifest !== undefined) {
      const problems = differences({ schemaHash: hash, tables: counted }, manifest)
      if (problems.length > 0)
        throw new BrokenBackup('differs', `what was restored is not what was backed up: ${problems.join('; ')}`)
      const tables = manifest.database.tables.map(({ name, rows }) => ({ name, expected: rows, restored: rows }))
      return { comparedWith: 'manifest', until: null, schemaHash, tables, takenAt: manifest.takenAt }
    }
    const newest = counted.flatMap(({ newest: at }) => (at === null ? [] : [Date.parse(at)]))
    const takenAt = begun ?? (newest.length === 0 ? undefined : new Date(Math.max(...newest)))
    const rest = { schemaHash, takenAt: takenAt?.toISOString() ?? null }
    const until = new Date((takenAt?.getTime() ?? Number.NaN) - LATE_MS)
    if (comparing.live === undefined || facts === undefined || Number.isNaN(until.getTime())) {
      const tables = counted.map(({ name, rows }) => ({ name, expected: null, restored: rows }))
      return { ...rest, comparedWith: 'nothing', until: null, tables }
    }
    const tables = await withLiveRows(comparing, catalog, until)
    requireRows(tables, until)
    return { ...rest, comparedWith: 'live rows', until: until.toISOString(), tables }
  })
}

/** A dump of another database restores as well. @throws BrokenBackup */
function requireOurs({ tables }: Catalog, { facts, known, live }: Comparing): void {
  const wanted = facts === undefined ? known : facts.tables.map(({ schema, name }) => tableName(schema, name))
  const found = new Set(tables.map(({ schema, name }) => tableName(schema, name)))
  if (wanted.length === 0 || wanted.some((name) => found.has(name))) return
  const holds = found.size === 0 ? 'no table at all' : `${[...found].slice(0, 3).join(', ')}`
  throw new BrokenBackup(
    'wrong-database',
    `it is of another database: of the tables of ${live?.name ?? 'the product'} it has none (it holds ${holds})`,
  )
}

async function withLiveRows({ client, live, facts }: Comparing, catalog: Catalog, until: Date): Promise<ComparedTable[]> {
  const key = ({ schema, name }: CatalogTable): string => tableName(schema, name)
  const liveTables = facts?.tables ?? []
  const expected = (await live?.rowsUntil(liveTables, until)) ?? new Map<string, number>()
  const restored = new Map<string, number>()
  for (const table of catalog.tables) {
    const twin = liveTables.find((one) => key(one) === key(table))
    // Counted by the column that the live table counts by, where it is there.
    const column = twin?.timeColumn ?? null
    const isCounted = column !== null && table.columns.includes(column)
    const where = isCounted ? ` WHERE ${quoted(column)} <= $1` : ''
    const sql = `SELECT count(*) AS rows FROM ${quoted(table.schema, table.name)}${where}`
    const { rows } = await client.query<{ rows: string }>(sql, isCounted ? [until] : [])
    restored.set(key(table), Number(rows[0]?.rows))
  }
  const names = [...new Set([...liveTables.map(key), ...restored.keys()])]
  return names.map((name) => ({ name, expected: expected.get(name) ?? null, restored: restored.get(name) ?? null }))
}

/** Rows may have been deleted since, so that more came back than are there; fewer were lost. @throws BrokenBackup */
function requireRows(tables: readonly ComparedTable[], until: Date): void {
  const problems = tables.flatMap(({ name, expected, restored }) =>
    expected !== null && (restored ?? 0) < expected
      ? [`${name} has ${restored ?? 'no table and no'} rows until ${until.toISOString()}, and the live database ${expected}`]
      : [],
  )
  if (problems.length > 0) throw new BrokenBackup('differs', `rows are missing from it: ${problems.join('; ')}`)
}
