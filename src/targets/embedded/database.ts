import path from 'node:path'
import { databaseSchema, generatedData } from '../../../fixtures/embedded/index.ts'
import type { Watchdog } from '../../watchdog/index.ts'
import { asAccount } from '../disposable/database.ts'
import type { TargetSpec } from '../schema.ts'
import { createDatabase, type Postgres, PostgresUnavailable, startPostgres } from './postgres.ts'

export interface DatabaseStart {
  readonly spec: TargetSpec
  readonly runDirectory: string
  readonly password: string
  readonly adminPassword: string
  readonly watchdog: Watchdog
  readonly signal: AbortSignal
  readonly now: Date
  /** Called as soon as there is something to stop. */
  readonly onStarted: (postgres: Postgres) => Promise<void>
}

/** Of the server's own directory: it writes there as its own account. */
const WAL_ARCHIVE = 'data/pg_wal/archived'

/** Write-ahead log is archived at least every minute: a recovery point of five minutes cannot be kept otherwise. */
function archivingTo(directory: string): Record<string, string> {
  return { archive_mode: 'on', archive_timeout: '60', archive_command: `mkdir -p "${directory}" && cp "%p" "${directory}/%f"` }
}

/** The target's database with its schema; or why there is none, where this platform has no PostgreSQL or the target declares none. */
export async function startDatabase(options: DatabaseStart): Promise<Postgres | { readonly unavailable: string }> {
  const { spec, runDirectory, watchdog, signal, password, adminPassword } = options
  if (spec.postgres === undefined || spec.parts.postgres === 'none') return { unavailable: 'the target declares none' }
  const { database, user } = spec.postgres
  const directory = path.join(runDirectory, 'postgres')
  try {
    const [postgres, schema] = await Promise.all([
      startPostgres({
        directory,
        superuserPassword: adminPassword,
        watchdog,
        signal,
        settings: archivingTo(path.join(directory, WAL_ARCHIVE)),
      }),
      databaseSchema(),
    ])
    await options.onStarted(postgres)
    await createDatabase(postgres, { database, user, password, schema: `${schema}\n${generatedData(options.now)}` })
    await adminSql(postgres, database, 'select pg_switch_wal()')
    return postgres
  } catch (error) {
    if (error instanceof PostgresUnavailable) return { unavailable: error.message }
    throw error
  }
}

/** Runs SQL as the superuser. */
export async function adminSql(
  postgres: Postgres,
  database: string,
  text: string,
  values?: readonly unknown[],
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const account = { user: postgres.superuser, password: postgres.superuserPassword, database }
  return asAccount(postgres, account, async (client) => {
    const result = values === undefined ? await client.query(text) : await client.query(text, [...values])
    // Several statements give several results; none of them is of interest.
    return Array.isArray(result) ? [] : result.rows
  })
}
