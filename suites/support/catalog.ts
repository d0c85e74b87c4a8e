import { z } from 'zod'
import type { Probe } from '../../src/probe.ts'
import { sql } from '../../src/probes/postgres.ts'
import type { Target } from '../../src/targets/target.ts'

/** The product's own tables, those that a name without schema leads to, joined with what is asked about them. */
function ownTables(join = ''): string {
  return `FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace ${join}
  WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY (current_schemas(false))`
}

const columnSchema = z.strictObject({
  table: z.string(),
  column: z.string(),
  type: z.string(),
  notNull: z.boolean(),
})
export type CatalogColumn = z.infer<typeof columnSchema>

/** Every column of every table, in order. */
export function catalogColumns(target: Target): Probe<CatalogColumn[]> {
  return sql(target.part('postgres'), {
    operation: 'SELECT the columns of every table',
    text: `SELECT c.relname AS table, a.attname AS column, format_type(a.atttypid, NULL) AS type, a.attnotnull AS "notNull"
      ${ownTables('JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped')}
      ORDER BY c.relname, a.attnum`,
    row: columnSchema,
  })
}

const tableSchema = z.strictObject({
  table: z.string(),
  owner: z.string(),
  mayRead: z.boolean(),
  mayInsert: z.boolean(),
  mayUpdate: z.boolean(),
})
export type CatalogTable = z.infer<typeof tableSchema>

/** Every table, with its owner and what the role that asks may do with its rows. */
export function catalogTables(target: Target): Probe<CatalogTable[]> {
  return sql(target.part('postgres'), {
    operation: 'SELECT the tables, and what this role may do with each',
    text: `SELECT c.relname AS table, pg_get_userbyid(c.relowner) AS owner, has_table_privilege(c.oid, 'SELECT') AS "mayRead",
      has_table_privilege(c.oid, 'INSERT') AS "mayInsert", has_table_privilege(c.oid, 'UPDATE') AS "mayUpdate"
      ${ownTables()} ORDER BY c.relname`,
    row: tableSchema,
  })
}

const constraintSchema = z.strictObject({
  table: z.string(),
  name: z.string(),
  kind: z.enum(['primary key', 'unique', 'foreign key', 'check', 'other']),
  definition: z.string(),
  columns: z.array(z.string()),
  isValidated: z.boolean(),
})
export type CatalogConstraint = z.infer<typeof constraintSchema>

/** Every constraint of every table. */
export function catalogConstraints(target: Target): Probe<CatalogConstraint[]> {
  return sql(target.part('postgres'), {
    operation: 'SELECT the constraints of every table',
    text: `SELECT c.relname AS table, k.conname AS name,
      CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign key' WHEN 'c' THEN 'check' ELSE 'other' END AS kind,
      pg_get_constraintdef(k.oid) AS definition, k.convalidated AS "isValidated",
      ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS key (number, place)
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = key.number ORDER BY key.place) AS columns
      ${ownTables('JOIN pg_constraint k ON k.conrelid = c.oid')} ORDER BY c.relname, k.conname`,
    row: constraintSchema,
  })
}

const indexSchema = z.strictObject({
  table: z.string(),
  name: z.string(),
  /** From the method on, such as `btree (created_at)`. */
  definition: z.string(),
  isPrimary: z.boolean(),
  isUnique: z.boolean(),
  isUsable: z.boolean(),
})
export type CatalogIndex = z.infer<typeof indexSchema>

/** Every index of every table. */
export function catalogIndexes(target: Target): Probe<CatalogIndex[]> {
  return sql(target.part('postgres'), {
    operation: 'SELECT the indexes of every table',
    text: `SELECT c.relname AS table, x.relname AS name, regexp_replace(pg_get_indexdef(i.indexrelid), '^.* USING ', '') AS definition,
      i.indisprimary AS "isPrimary", i.indisunique AS "isUnique", i.indisvalid AND i.indisready AND i.indislive AS "isUsable"
      ${ownTables('JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class x ON x.oid = i.indexrelid')}
      ORDER BY c.relname, x.relname`,
    row: indexSchema,
  })
}
