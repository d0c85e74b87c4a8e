import path from 'node:path'
import { databaseSchema, generatedData } from '../../../fixtures/embedded/index.ts'
import type { Watchdog } from '../../watchdog/index.ts'
import type { TargetSpec } from '../schema.ts'
import { asAccount } from './postgres/database.ts'
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

/** The target's database with its schema; or why there is none, where this platform has no PostgreSQL or the target declares none. */
export async function startDatabase(options: DatabaseStart): Promise<Postgres | { readonly unavailable: string }> {
  const { spec, runDirectory, watchdog, signal, password, adminPassword } = options
  if (spec.postgres === undefined || spec.parts.postgres === 'none') return { unavailable: 'the target declares none' }
  const { database, user } = spec.postgres
  try {
    const [postgres, schema] = await Promise.all([
      startPostgres({ directory: path.join(runDirectory, 'postgres'), superuserPassword: adminPassword, watchdog, signal }),
      databaseSchema(),
    ])
    await options.onStarted(postgres)
    await createDatabase(postgres, { database, user, password, schema: `${schema}\n${generatedData(options.now)}` })
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
