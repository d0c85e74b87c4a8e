import pg from 'pg'

/** Where a database is and who asks. The password is passed in memory only, never on a command line. */
export interface DatabaseConnection {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string
  readonly ssl?: boolean
}

export interface ConnectOptions {
  /** Shown by the server as application_name. */
  readonly as?: string
  /** Aborts what is running by closing the connection. */
  readonly signal?: AbortSignal
}

const CONNECT_TIMEOUT_MS = 10_000

/** Opens one connection, lends it, and closes it whatever happened. @throws what the server said, or the signal's reason. */
export async function withDatabase<T>(
  connection: DatabaseConnection,
  use: (client: pg.Client) => Promise<T>,
  { as = 'runbook-procedure', signal }: ConnectOptions = {},
): Promise<T> {
  signal?.throwIfAborted()
  const client = new pg.Client({ ...connection, application_name: as, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  // A connection that dies between two queries must not end the process; the query that uses it next is rejected.
  const lost: Error[] = []
  client.on('error', (error) => lost.push(error))
  const abort = (): void => void client.end().catch((error: Error) => lost.push(error))
  signal?.addEventListener('abort', abort, { once: true })
  try {
    await client.connect()
    return await use(client)
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', abort)
    await client.end().catch((error: Error) => lost.push(error))
  }
}

/** Runs work inside one transaction; commits where it succeeded, otherwise rolls back. @throws what the work threw. */
export async function inTransaction<T>(client: pg.Client, begin: string, work: () => Promise<T>): Promise<T> {
  await client.query(begin)
  try {
    const result = await work()
    await client.query('COMMIT')
    return result
  } catch (error) {
    // Where the connection is lost the server rolls back by itself: the first error is the one to report.
    await client.query('ROLLBACK').catch((rollbackError: Error) => attachCause(error, rollbackError))
    throw error
  }
}

function attachCause(error: unknown, cause: Error): void {
  if (error instanceof Error && error.cause === undefined) error.cause = cause
}

/** server_version_num of the server, such as 150018. */
export async function serverVersion(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ server_version_num: string }>('SHOW server_version_num')
  return Number(rows[0]?.server_version_num)
}

/** An SQL identifier, quoted whatever it holds. */
export function quoted(...identifier: readonly string[]): string {
  return identifier.map((part) => `"${part.replaceAll('"', '""')}"`).join('.')
}

/** A table's name as it stands in a manifest: with its schema unless that is `public`. */
export function tableName(schema: string, table: string): string {
  return schema === 'public' ? table : `${schema}.${table}`
}
