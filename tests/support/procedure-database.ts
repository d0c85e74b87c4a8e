import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type DatabaseConnection, quoted, withDatabase } from '../../src/procedures/database.ts'
import { startPostgres } from './postgres.ts'

/** A server and a directory for tests of procedures; `fresh` makes an empty database, with SQL in it where given. */
export interface ProcedureDatabases extends AsyncDisposable {
  readonly admin: DatabaseConnection
  readonly directory: string
  fresh(sql?: string): Promise<DatabaseConnection>
}

export async function procedureDatabases(): Promise<ProcedureDatabases> {
  const server = await startPostgres()
  const directory = await mkdtemp(path.join(tmpdir(), 'test-procedures-'))
  const { host, port, user, database } = server.spec
  const admin: DatabaseConnection = { host, port, user, database, password: server.password }
  let number = 0
  return {
    admin,
    directory,
    async fresh(sql) {
      number += 1
      const connection = { ...admin, database: `fresh_${number}` }
      await run(admin, `CREATE DATABASE ${quoted(connection.database)}`)
      if (sql !== undefined) await run(connection, sql)
      return connection
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Runs SQL and returns its rows. */
export function run(connection: DatabaseConnection, sql: string): Promise<Record<string, unknown>[]> {
  return withDatabase(connection, async (client) => (await client.query<Record<string, unknown>>(sql)).rows)
}
