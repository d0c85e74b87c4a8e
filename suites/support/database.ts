import { z } from 'zod'
import type { Probe } from '../../src/probe.ts'
import { sql } from '../../src/probes/postgres.ts'
import type { Target } from '../../src/targets/target.ts'

const settingsSchema = z.strictObject({
  version: z.coerce.number().int(),
  encoding: z.string(),
  timeZone: z.string(),
  isReadOnly: z.boolean(),
  isStandby: z.boolean(),
  maxConnections: z.coerce.number().int(),
  reserved: z.coerce.number().int(),
  sessions: z.coerce.number().int(),
})
export type DatabaseSettings = z.infer<typeof settingsSchema>

/** What is in force in the database, and how many sessions its server has. */
export function databaseSettings(target: Target): Probe<DatabaseSettings> {
  const rows = sql(target.part('postgres'), {
    operation: 'SELECT version, encoding, time zone, limits and sessions of the server',
    // The session that asks is read-only by itself: what counts is the setting with which sessions begin.
    text: `SELECT current_setting('server_version_num') AS version, pg_encoding_to_char(d.encoding) AS encoding,
      (SELECT reset_val FROM pg_settings WHERE name = 'TimeZone') AS "timeZone",
      (SELECT reset_val FROM pg_settings WHERE name = 'default_transaction_read_only') = 'on' AS "isReadOnly",
      pg_is_in_recovery() AS "isStandby", current_setting('max_connections') AS "maxConnections",
      current_setting('superuser_reserved_connections') AS reserved,
      (SELECT sum(numbackends) FROM pg_stat_database) AS sessions
      FROM pg_database d WHERE d.datname = current_database()`,
    row: settingsSchema,
  })
  return first(rows)
}

const roleSchema = z.strictObject({
  name: z.string(),
  isSuperuser: z.boolean(),
  mayCreateRoles: z.boolean(),
  mayCreateDatabases: z.boolean(),
  bypassesRowSecurity: z.boolean(),
  mayReplicate: z.boolean(),
  expires: z.date().nullable(),
})
export type DatabaseRole = z.infer<typeof roleSchema>

/** The role by which the services log in, and by which we ask. */
export function ownRole(target: Target): Probe<DatabaseRole> {
  const rows = sql(target.part('postgres'), {
    operation: 'SELECT the attributes of the role that is logged in',
    text: `SELECT rolname AS name, rolsuper AS "isSuperuser", rolcreaterole AS "mayCreateRoles", rolcreatedb AS "mayCreateDatabases",
      rolbypassrls AS "bypassesRowSecurity", rolreplication AS "mayReplicate",
      CASE WHEN isfinite(rolvaliduntil) THEN rolvaliduntil END AS expires FROM pg_roles WHERE rolname = current_user`,
    row: roleSchema,
  })
  return first(rows)
}

const waitingSchema = z.strictObject({
  pid: z.int(),
  application: z.string(),
  state: z.string(),
  /** null: PostgreSQL hides it from the role that asks. */
  seconds: z.coerce.number().nullable(),
})

/** Sessions of this database that hold a transaction open, oldest first, and those of other roles that keep from us whether they do. */
export function openTransactions(target: Target): Probe<z.infer<typeof waitingSchema>[]> {
  return sql(target.part('postgres'), {
    operation: 'SELECT transactions that are open, and sessions that do not show theirs',
    text: `SELECT pid, application_name AS application, coalesce(state, 'unknown') AS state,
      extract(epoch FROM clock_timestamp() - xact_start) AS seconds FROM pg_stat_activity
      WHERE datname = current_database() AND usename IS NOT NULL AND pid <> pg_backend_pid()
        AND (xact_start IS NOT NULL OR state IS NULL AND usename <> current_user)
      ORDER BY xact_start`,
    row: waitingSchema,
  })
}

/** The only row of a statement that has exactly one. */
function first<Row>(rows: Probe<Row[]>): Probe<Row> {
  return {
    ...rows,
    kind: 'postgres-row',
    async read(session) {
      const { value, raw } = await rows.read(session)
      const [row] = value
      if (row === undefined) throw new Error(`${rows.access.operation} answered no row`)
      return { value: row, raw }
    },
  }
}
