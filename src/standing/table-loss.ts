import type { LiveSchema, RowCounts } from '../probes/postgres-schema.ts'
import { tableName } from '../procedures/database.ts'
import type { Manifest } from '../procedures/manifest.ts'
import type { TableLoss } from '../report/rollback-loss.ts'

/**
 * What each table would lose: the rows that were made since the backup. Where no column tells that, the difference of the two
 * counts, which is too little where rows were deleted as well; the note says so.
 */
export function tableLosses({ database }: Manifest, live: LiveSchema, counts: readonly RowCounts[]): TableLoss[] {
  const was = new Map(database.tables.map(({ name, rows }) => [name, rows]))
  const timed = new Set(
    live.tables.flatMap(({ schema, name, timeColumn }) => (timeColumn === null ? [] : [tableName(schema, name)])),
  )
  const there = new Set(counts.map(({ table }) => table))
  const gone = database.tables
    .filter(({ name }) => !there.has(name))
    .map(({ name, rows }) => ({
      table: name,
      was: rows,
      now: null,
      lost: 0,
      back: rows,
      newest: null,
      note: 'it is not there any more',
    }))
  return [...counts.map((count) => lossOf(count, was.get(count.table) ?? null, timed.has(count.table))), ...gone].toSorted(
    (a, b) => (b.lost ?? 0) - (a.lost ?? 0) || a.table.localeCompare(b.table),
  )
}

function lossOf({ table, rows, made, newest, why }: RowCounts, was: number | null, isTimed: boolean): TableLoss {
  const common = { table, was, now: rows, newest: newest?.toISOString() ?? null }
  if (was === null) return { ...common, lost: rows ?? made, back: 0, note: 'it was made since the backup and would vanish' }
  if (isTimed) {
    const back = rows === null || made === null ? null : Math.max(0, was + made - rows)
    return { ...common, lost: made, back, note: why }
  }
  if (rows === null) return { ...common, lost: null, back: null, note: why }
  const note = rows === was ? '' : 'no column tells when a row was made: rows that were deleted since are not seen in this number'
  return { ...common, lost: Math.max(0, rows - was), back: Math.max(0, was - rows), note }
}
