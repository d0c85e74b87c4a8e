import type { CatalogColumn, CatalogConstraint, CatalogIndex } from './catalog.ts'
import type { ExpectedSchema } from './expected-schema.ts'

/** Each column that is missing, of another type, or may be empty where it must not; tables that are missing are told once. */
export function columnProblems(expected: ExpectedSchema, found: readonly CatalogColumn[]): string[] {
  return Object.entries(expected.tables).flatMap(([table, { columns, notNull }]) => {
    const own = new Map(found.filter((entry) => entry.table === table).map((entry) => [entry.column, entry]))
    if (own.size === 0) return [`${table} is missing`]
    const wrong = Object.entries(columns).flatMap(([column, types]) => {
      const type = own.get(column)?.type
      if (type === undefined) return [`${table}.${column} is missing`]
      return types.includes(type) ? [] : [`${table}.${column} is ${type}, expected ${types.join(' or ')}`]
    })
    const nullable = notNull.filter((column) => own.get(column)?.notNull === false)
    return [...wrong, ...nullable.map((column) => `${table}.${column} may be null`)]
  })
}

/** Each constraint that is missing, or was never validated against the rows that were there before it. */
export function constraintProblems(expected: ExpectedSchema, found: readonly CatalogConstraint[]): string[] {
  const missing = Object.entries(expected.tables).flatMap(([table, { primaryKey, constraints }]) => {
    const own = found.filter((entry) => entry.table === table)
    const key = own.find(({ kind }) => kind === 'primary key')
    const definitions = own.map(({ definition }) => definition)
    return [
      ...(key === undefined ? [`${table} has no primary key`] : keyProblem(table, primaryKey, key)),
      ...constraints.filter((wanted) => !definitions.includes(wanted)).map((wanted) => `${table} lacks ${wanted}`),
    ]
  })
  const unvalidated = found.filter(({ isValidated }) => !isValidated)
  return [...missing, ...unvalidated.map(({ table, name }) => `${name} on ${table} is NOT VALID`)]
}

function keyProblem(table: string, wanted: readonly string[] | undefined, { columns }: CatalogConstraint): string[] {
  if (wanted === undefined || wanted.join() === columns.join()) return []
  return [`the primary key of ${table} is (${columns.join(', ')}), expected (${wanted.join(', ')})`]
}

/** Each index that is missing; an index that PostgreSQL cannot use counts as missing. */
export function indexProblems(expected: ExpectedSchema, found: readonly CatalogIndex[]): string[] {
  return Object.entries(expected.tables).flatMap(([table, { indexes, otherIndexes }]) => {
    const own = found.filter((entry) => entry.table === table && entry.isUsable)
    const others = own.filter(({ isPrimary }) => !isPrimary).length
    const definitions = own.map(({ definition }) => definition)
    return [
      ...indexes.filter((wanted) => !definitions.includes(wanted)).map((wanted) => `${table} lacks an index ${wanted}`),
      ...(others >= otherIndexes ? [] : [`${table} has ${others} indexes beside its primary key, expected ${otherIndexes}`]),
    ]
  })
}

/** What a script that ran twice leaves behind: indexes and constraints that say the same under two names. */
export function doubles(indexes: readonly CatalogIndex[], constraints: readonly CatalogConstraint[]): string[] {
  const kinds = [
    ...indexes.map(({ table, name, definition, isUnique }) => ({
      what: `${table}: ${isUnique ? 'unique ' : ''}index ${definition}`,
      name,
    })),
    ...constraints.map(({ table, name, definition }) => ({ what: `${table}: ${definition}`, name })),
  ]
  return [...Map.groupBy(kinds, ({ what }) => what)].flatMap(([what, same]) =>
    same.length > 1 ? [`${what} exists ${same.length} times: ${same.map(({ name }) => name).join(', ')}`] : [],
  )
}
