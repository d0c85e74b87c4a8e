import { z } from 'zod'
import type { Target } from '../../src/targets/target.ts'
import { parseYamlFile } from '../../src/yaml-file.ts'

const names = z.array(z.string())

const tableSchema = z.strictObject({
  /** Column → the types that it may have, without length. */
  columns: z.record(z.string(), names.min(1)).default({}),
  notNull: names.default([]),
  /** Its columns in order; absent: any, but there must be one. */
  primaryKey: names.optional(),
  /** As PostgreSQL prints them, such as `CHECK ((n > 0))`. */
  constraints: names.default([]),
  /** As PostgreSQL prints them from the method on, such as `btree (created_at)`. */
  indexes: names.default([]),
  /** How many indexes there must be at least beside the primary key. */
  otherIndexes: z.int().min(0).default(0),
})

const descriptionSchema = z.strictObject({
  /** Major version of the server. */
  postgres: z.int(),
  encoding: z.string(),
  tables: z.record(z.string(), tableSchema).refine((tables) => Object.keys(tables).length > 0, 'expected at least one table'),
})

export type ExpectedTable = z.infer<typeof tableSchema>
export type ExpectedSchema = z.infer<typeof descriptionSchema>

const read = new Map<string, ExpectedSchema>()

/** What the target's release expects of its database. @throws UsageError naming file and line where the description is malformed. */
export function expectedSchema(target: Target): ExpectedSchema {
  const file = target.spec.expect.schema
  const known = read.get(file) ?? parseYamlFile(file, descriptionSchema, { what: 'schema description' })
  read.set(file, known)
  return known
}

/** The tables that must be there: the target's names, and whatever else the description holds. */
export function expectedTables(target: Target): string[] {
  return [...new Set([...target.spec.names.tables, ...Object.keys(expectedSchema(target).tables)])]
}
