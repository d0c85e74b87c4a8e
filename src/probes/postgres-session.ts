import { Socket } from 'node:net'
import type { Pool, PoolClient, QueryConfig } from 'pg'
import { Unobserved } from '../outcome.ts'
import type { Session } from '../probe.ts'
import type { PostgresSpec } from '../targets/schema.ts'
import { clientTls } from './client-tls.ts'
import { connectionFailure, type Phase, timeoutFailure } from './connection-error.ts'
import { deadline } from './deadline.ts'
import { tamedClient } from './postgres-client.ts'
import { sessionRefused, sqlErrorOf } from './postgres-error.ts'
import { raced } from './raced.ts'
import { joinHostPort } from './reproduce.ts'

/** Sessions that one run holds at one database at most: observing must not use up what the services need. */
const MAX_SESSIONS = 4

/** The sessions of a run at one database, and what is known of its address so far. */
interface Sessions {
  readonly pool: Pool
  /** How far any connection has come: what a wait in vain means depends on it. */
  readonly progress: { phase: Phase }
  /** Set once the server turned the role away: further attempts would only fill its log, or lock the account. */
  refusal?: Unobserved
}

export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

/** Where a database is, as `host:port`. */
export function postgresAddress(spec: PostgresSpec): string {
  return joinHostPort(spec.host, spec.port)
}

/**
 * Runs one statement inside a read-only transaction that is rolled back, and returns its rows as the driver parses them.
 * @throws the server's own error where the statement failed; Unreachable or Unobserved where there was no session.
 */
export function readOnly(session: Session, spec: PostgresSpec, statement: Statement, deadlineMs: number): Promise<unknown[]> {
  return inReadOnly(session, spec, (client) => asked(client, statement), deadlineMs)
}

/**
 * Runs several statements of ours inside one read-only transaction, of one snapshot, that is rolled back.
 * @throws as readOnly does
 */
export async function inReadOnly<T>(
  session: Session,
  spec: PostgresSpec,
  work: (client: PoolClient) => Promise<T>,
  deadlineMs: number,
): Promise<T> {
  using limit = deadline(session, deadlineMs)
  const sessions = await sessionsOf(session, spec)
  const client = await checkOut(sessions, spec, limit.signal, deadlineMs)
  let broken = true
  try {
    const answer = await raced(transaction(client, work, deadlineMs), limit.signal)
    broken = false
    return answer
  } catch (error) {
    broken = sqlErrorOf(error) === undefined || !(await rolledBack(client))
    throw describe(sessions, spec, error, limit.expired() ? deadlineMs : undefined)
  } finally {
    client.release(broken)
  }
}

async function transaction<T>(client: PoolClient, work: (client: PoolClient) => Promise<T>, deadlineMs: number): Promise<T> {
  // A little less than our own limit, so that it is the server which ends the statement and the session goes on.
  await client.query(
    `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = ${Math.ceil(deadlineMs * 0.9)}`,
  )
  const answer = await work(client)
  await client.query('ROLLBACK')
  return answer
}

/** The statement as the only one of an extended query: the protocol itself then refuses a second one behind a semicolon. */
async function asked(client: PoolClient, { text, values }: Statement): Promise<unknown[]> {
  const query: QueryConfig & { readonly queryMode: 'extended' } = { text, values: [...values], queryMode: 'extended' }
  const { rows } = await client.query<Record<string, unknown>>(query)
  return rows
}

async function rolledBack(client: PoolClient): Promise<boolean> {
  const [result] = await Promise.allSettled([client.query('ROLLBACK')])
  return result.status === 'fulfilled'
}

function sessionsOf(session: Session, spec: PostgresSpec): Promise<Sessions> {
  const password = session.secret('postgres.password')
  const key = `postgres:${postgresAddress(spec)}/${spec.database}/${spec.user}`
  return session.keep(key, () => open(session.runId, spec, password), close)
}

/** The sockets of each pool that are no session yet: they are destroyed at the end, lest it waits for what never comes about. */
const pending = new WeakMap<Pool, Set<Socket>>()

async function open(runId: string, spec: PostgresSpec, password: string): Promise<Sessions> {
  const { default: pg } = await import('pg')
  const progress: Sessions['progress'] = { phase: 'connect' }
  const opened = new Set<Socket>()
  const pool = new pg.Pool({
    ...(await connectionOptions(runId, spec, password)),
    Client: await tamedClient(),
    max: MAX_SESSIONS,
    idleTimeoutMillis: 0,
    stream: () => {
      const socket = new Socket()
      opened.add(socket)
      return socket
        .once('connect', () => (progress.phase = progress.phase === 'connect' ? 'request' : progress.phase))
        .once('close', () => opened.delete(socket))
    },
  })
  // A session that breaks while nobody uses it is dropped by the pool; its next user opens another one and sees why.
  pool.on('error', dropped).on('connect', (client) => {
    progress.phase = 'answer'
    const { stream } = client.connection
    if (stream instanceof Socket) opened.delete(stream)
    client.on('error', dropped)
  })
  pending.set(pool, opened)
  return { pool, progress }
}

/** How a session introduces itself: the database's own log then names the run. @throws Unobserved where a file of TLS cannot be read */
export async function connectionOptions(runId: string, spec: PostgresSpec, password: string) {
  const { host, port, database, user } = spec
  const ssl = spec.ssl ? { ...(await clientTls(spec)), ...BELIEF[spec.sslMode ?? 'verify-full'] } : false
  return { host, port, database, user, password, ssl, application_name: `runbook/${runId}` }
}

/** What libpq's modes mean to node. */
const BELIEF = {
  require: { rejectUnauthorized: false },
  'verify-ca': { rejectUnauthorized: true, checkServerIdentity: () => undefined },
  'verify-full': { rejectUnauthorized: true },
} as const

async function close({ pool }: Sessions): Promise<void> {
  const ended = pool.end()
  for (const socket of pending.get(pool) ?? []) socket.destroy()
  await ended
}

async function checkOut(sessions: Sessions, spec: PostgresSpec, signal: AbortSignal, deadlineMs: number): Promise<PoolClient> {
  if (sessions.refusal !== undefined) throw sessions.refusal
  const connecting = sessions.pool.connect()
  try {
    return await raced(connecting, signal)
  } catch (error) {
    connecting.then((late) => late.release(true), dropped)
    const refused = sqlErrorOf(error)
    if (refused === undefined) throw describe(sessions, spec, error, signal.aborted ? deadlineMs : undefined)
    const failure = sessionRefused(postgresAddress(spec), spec.user, refused)
    if (refused.code.startsWith('28')) sessions.refusal = failure
    throw failure
  }
}

/** The server's own errors stay what they are; anything else is told as what happened to the connection. */
function describe({ progress }: Sessions, spec: PostgresSpec, error: unknown, overdueMs: number | undefined): unknown {
  if (error instanceof Unobserved || sqlErrorOf(error) !== undefined) return error
  const address = postgresAddress(spec)
  const tried = `a session of ${spec.user} at PostgreSQL ${address}`
  if (overdueMs === undefined) return connectionFailure(address, tried, error, progress.phase)
  if (progress.phase !== 'answer') return timeoutFailure(address, tried, overdueMs, progress.phase)
  return new Unobserved({
    id: `overdue:${address}`,
    text: `${tried} was open, and the statement gave no answer within ${overdueMs} ms; see pg_stat_activity for what it waits for`,
  })
}

function dropped(): undefined {
  return undefined
}
