import { z } from 'zod'
import { Unobserved } from '../outcome.ts'
import type { Probe, Session } from '../probe.ts'
import type { PostgresSpec } from '../targets/schema.ts'
import { GRACE_MS } from './deadline.ts'
import { type SqlError, sqlErrorOf, statementRefused } from './postgres-error.ts'
import { postgresAddress, readOnly } from './postgres-session.ts'
import { quote, secretVariable } from './reproduce.ts'

export interface SqlOptions<Row> {
  /** What is read, in words, such as `SELECT the columns of every table`; names the access in plan and report. */
  readonly operation: string
  /** One statement; a second one behind a semicolon is refused by the server. */
  readonly text: string
  /** For $1, $2, …; they are shown in the reproduce line, so no secrets. */
  readonly values?: readonly unknown[]
  /** Shape of one row, as the driver parses it: int8 and numeric arrive as strings, timestamptz as Date. */
  readonly row: z.ZodType<Row>
  readonly system?: string
  /** Milliseconds, for session and statement together. */
  readonly deadlineMs?: number
  readonly variant?: string
  /** More rows than this are not kept: the observation is then unobserved. */
  readonly maxRows?: number
}

/** What the server said to a statement: its rows, or its refusal by SQLSTATE. */
export type SqlAnswer<Row> = { readonly ok: true; readonly rows: Row[] } | ({ readonly ok: false } & SqlError)

const DEFAULT_DEADLINE_MS = 5_000
const DEFAULT_MAX_ROWS = 10_000

/**
 * The rows of one statement, run in a read-only transaction that is rolled back. What the server refuses (no such table, no
 * permission, time-out) is unobserved, one cause for all who asked; use sqlAnswer where the refusal itself is the answer.
 */
export function sql<Row>(postgres: PostgresSpec, options: SqlOptions<Row>): Probe<Row[]> {
  const source = sqlAnswer(postgres, options)
  return {
    ...source,
    kind: 'postgres',
    async read(session) {
      const { value, raw } = await source.read(session)
      if (value.ok) return { value: value.rows, raw }
      throw statementRefused(postgresAddress(postgres), postgres.user, options.operation, value)
    },
  }
}

/** As sql, but an error that the server sent (42P01: no such table) is a value that a judge can fail on. */
export function sqlAnswer<Row>(postgres: PostgresSpec, options: SqlOptions<Row>): Probe<SqlAnswer<Row>> {
  const { operation, text, values = [], row, system = 'postgres', deadlineMs = DEFAULT_DEADLINE_MS } = options
  const { maxRows = DEFAULT_MAX_ROWS, variant } = options
  return {
    kind: 'postgres-answer',
    access: { system, address: postgresAddress(postgres), operation, effect: 'read', reproduce: psql(postgres, text, values) },
    deadlineMs: deadlineMs + GRACE_MS,
    variant: JSON.stringify([postgres.database, postgres.user, text, values, variant]),
    async read(session) {
      const answer = await ask(session, postgres, { text, values }, deadlineMs)
      if ('code' in answer) return { value: { ok: false, ...answer }, raw: `ERROR ${answer.code}: ${answer.message}` }
      const rows = validated(answer.rows, { row, maxRows, operation, address: postgresAddress(postgres) })
      return { value: { ok: true, rows }, raw: rawRows(answer.rows) }
    },
  }
}

type Asked = { readonly rows: unknown[] } | SqlError

async function ask(
  session: Session,
  postgres: PostgresSpec,
  statement: { readonly text: string; readonly values: readonly unknown[] },
  deadlineMs: number,
): Promise<Asked> {
  try {
    return { rows: await readOnly(session, postgres, statement, deadlineMs) }
  } catch (error) {
    const refusal = sqlErrorOf(error)
    if (refusal === undefined) throw error
    return refusal
  }
}

interface Wanted<Row> {
  readonly row: z.ZodType<Row>
  readonly maxRows: number
  readonly operation: string
  readonly address: string
}

function validated<Row>(rows: unknown[], { row, maxRows, operation, address }: Wanted<Row>): Row[] {
  if (rows.length > maxRows) {
    const text = `${operation} at ${address} answered ${rows.length} rows, of which ${maxRows} at most are kept; narrow the statement`
    throw new Unobserved({ id: `too-many-rows:${address}:${operation}`, text })
  }
  const parsed = z.array(row).safeParse(rows)
  if (parsed.success) return parsed.data
  const text = `${operation} at ${address} answered rows of another shape: ${z.prettifyError(parsed.error)}`
  throw new Unobserved({ id: `shape:${address}:${operation}`, text })
}

function rawRows(rows: unknown[]): string {
  return `${rows.length} ${rows.length === 1 ? 'row' : 'rows'}${rows.map((row) => `\n${JSON.stringify(row)}`).join('')}`
}

/** The line that shows an operator the same rows, in a session that cannot write either. */
function psql(spec: PostgresSpec, text: string, values: readonly unknown[]): string {
  const { host, port, user, database } = spec
  const mode = psqlTls(spec)
  const statement = inlined(text.replaceAll(/\s+/g, ' ').trim(), values)
  return `PGOPTIONS='-c default_transaction_read_only=on' PGPASSWORD=${secretVariable('postgres.password')} ${mode}psql -h ${quote(host)} -p ${port} -U ${quote(user)} -d ${quote(database)} -c ${readable(statement)}`
}

/** The variables by which psql speaks TLS in the same way. */
function psqlTls({ ssl, sslMode = 'verify-full', ca, clientCertificate }: PostgresSpec): string {
  if (!ssl) return ''
  const variables = [
    ['PGSSLMODE', sslMode],
    ['PGSSLROOTCERT', ca ?? (sslMode === 'require' ? undefined : 'system')],
    ['PGSSLCERT', clientCertificate?.certificate],
    ['PGSSLKEY', clientCertificate?.key],
  ] as const
  return variables.map(([name, value]) => (value === undefined ? '' : `${name}=${quote(value)} `)).join('')
}

/** SQL is full of single quotes: it reads better between double ones, wherever a shell would leave it alone there. */
function readable(statement: string): string {
  return /["$`\\!]/.test(statement) ? quote(statement) : `"${statement}"`
}

/** psql before 16 cannot bind parameters, so they are written out; a template that has none yet keeps its $1. */
function inlined(text: string, values: readonly unknown[]): string {
  return text.replaceAll(/\$(\d+)/g, (parameter, index: string) => {
    const value = values[Number(index) - 1]
    if (value === undefined) return parameter
    return typeof value === 'number' ? String(value) : `'${literal(value).replaceAll("'", "''")}'`
  })
}

/** An array is written as PostgreSQL writes it, `{a,b}`. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map((item) => JSON.stringify(String(item))).join(',')}}`
  return value instanceof Date ? value.toISOString() : String(value)
}
