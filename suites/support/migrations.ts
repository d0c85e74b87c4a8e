import { z } from 'zod'
import type { Judging } from '../../src/check.ts'
import type { Probe } from '../../src/probe.ts'
import { type SqlAnswer, sqlAnswer } from '../../src/probes/postgres.ts'
import type { Target } from '../../src/targets/target.ts'

const rowSchema = z.strictObject({ version: z.string() })

/** The migrations that the database lists as applied, in order; or why it lists none. */
export function appliedMigrations(target: Target): Probe<SqlAnswer<{ version: string }>> {
  const { table, column } = target.spec.names.migrations
  return sqlAnswer(target.part('postgres'), {
    operation: `SELECT ${column} FROM ${table}`,
    text: `SELECT ${quoted(column)}::text AS version FROM ${quoted(table)} ORDER BY 1`,
    row: rowSchema,
  })
}

/** The versions listed. The check is unobserved where the database keeps no such list, and fails where the list is empty. */
export function versions(answer: SqlAnswer<{ version: string }>, { target, expect, unobserved }: Judging): string[] {
  const { table } = target.spec.names.migrations
  if (!answer.ok) {
    return unobserved({
      id: `migrations:${answer.code}`,
      text: `the database does not tell which migrations were applied: ${answer.message}; name its list in names.migrations, or keep one`,
    })
  }
  const listed = answer.rows.map(({ version }) => version)
  expect(listed.length, `migrations listed in ${table}`).toBeGreaterThan(0)
  return listed
}

/** `schema.table` is two names. */
function quoted(name: string): string {
  return name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.')
}
