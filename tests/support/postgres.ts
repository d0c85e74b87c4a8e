import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { packageName } from '../../src/targets/embedded/postgres/binaries.ts'
import { startPostgres as start } from '../../src/targets/embedded/postgres.ts'
import type { PostgresSpec } from '../../src/targets/schema.ts'

/** A real PostgreSQL of this test's own, on a free port, in a directory that goes with it. */
export interface TestPostgres extends AsyncDisposable {
  /** Of the superuser. */
  readonly spec: PostgresSpec
  readonly password: string
  readonly directory: string
  /** Runs SQL as the superuser, outside any read-only transaction. */
  admin(text: string): Promise<unknown[]>
}

const PASSWORD = 'correct-horse-battery'

/** Where the server's programs are, or undefined where npm has none for this platform: then such tests are skipped by name. */
export const postgresBinaries = findBinaries()

function findBinaries(): string | undefined {
  const paths = createRequire(import.meta.url).resolve.paths(packageName()) ?? []
  return paths.map((path) => join(path, packageName(), 'native')).find((native) => existsSync(join(native, 'bin/postgres')))
}

/** Starts one; as root it runs as nobody, who must be able to enter its directory. */
export async function startPostgres(): Promise<TestPostgres> {
  const directory = await mkdtemp(join(tmpdir(), 'test-postgres-'))
  await chmod(directory, 0o755)
  const server = await start({
    directory: join(directory, 'server'),
    superuserPassword: PASSWORD,
    signal: AbortSignal.timeout(60_000),
  })
  const { host, port, superuser: user } = server
  const spec: PostgresSpec = { host, port, database: 'postgres', user, password: { env: 'UNUSED' }, ssl: false }
  return {
    spec,
    password: PASSWORD,
    directory,
    admin: (text) => query(spec, text),
    async [Symbol.asyncDispose]() {
      await server.stop()
      await rm(directory, { recursive: true })
    },
  }
}

async function query({ host, port, user, database }: PostgresSpec, text: string): Promise<unknown[]> {
  const client = new pg.Client({ host, port, user, database, password: PASSWORD })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}
