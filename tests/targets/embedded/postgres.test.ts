import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findBinaries, PostgresUnavailable, packageName } from '../../../src/targets/embedded/postgres/binaries.ts'
import { createDatabase, type Postgres, startPostgres } from '../../../src/targets/embedded/postgres.ts'
import { startTimeOf } from '../../../src/watchdog/process.ts'

const superuserPassword = 'of-the-superuser'
const owner = { user: 'bridge', password: 'of-the-bridge', database: 'bridge' }

function directory(mode = 0o755): string {
  const made = mkdtempSync(path.join(os.tmpdir(), 'postgres-test-'))
  chmodSync(made, mode)
  return made
}

async function query<T extends pg.QueryResultRow>(postgres: Postgres, sql: string, config: pg.ClientConfig = {}): Promise<T[]> {
  const client = new pg.Client({ host: postgres.host, port: postgres.port, ...owner, ...config })
  await client.connect()
  try {
    return (await client.query<T>(sql)).rows
  } finally {
    await client.end()
  }
}

describe('an embedded PostgreSQL', () => {
  const base = directory()
  let postgres: Postgres

  beforeAll(async () => {
    postgres = await startPostgres({
      directory: path.join(base, 'server'),
      superuserPassword,
      signal: AbortSignal.timeout(20_000),
      settings: { max_connections: '120' },
    })
    await createDatabase(postgres, { ...owner, schema: 'create table t (n int primary key); insert into t values (7)' })
  })

  afterAll(async () => {
    await postgres.stop()
    rmSync(base, { recursive: true })
  })

  it('is PostgreSQL 15 with the schema, owned by the role', async () => {
    const [answer] = await query(
      postgres,
      `select current_setting('server_version') v, n, tableowner from t, pg_tables where tablename = 't'`,
    )
    expect(answer).toEqual({ v: expect.stringMatching(/^15\./), n: 7, tableowner: 'bridge' })
  })

  it('takes settings, and has the time zone and encoding of a container', async () => {
    const settings = ['max_connections', 'TimeZone', 'server_encoding'].map((name) => `current_setting('${name}') as "${name}"`)
    const [answer] = await query(postgres, `select ${settings.join(',')}`)
    expect(answer).toEqual({ max_connections: '120', TimeZone: 'UTC', server_encoding: 'UTF8' })
  })

  it('keeps nothing outside its directory that could outlive it', async () => {
    expect(await query(postgres, 'show dynamic_shared_memory_type')).toEqual([{ dynamic_shared_memory_type: 'mmap' }])
  })

  it('refuses a wrong password as production does', async () => {
    await expect(query(postgres, 'select 1', { password: 'wrong' })).rejects.toMatchObject({ code: '28P01' })
  })

  it('keeps its port and data over a stop, and stops twice', async () => {
    const { pid } = postgres
    await Promise.all([postgres.stop(), postgres.stop()])
    expect(startTimeOf(pid)).toBeUndefined()
    await expect(query(postgres, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await postgres.start()
    expect(await query(postgres, 'select n from t')).toEqual([{ n: 7 }])
    await postgres.stop('immediate')
    await postgres.start()
    expect(await query(postgres, 'select n from t')).toEqual([{ n: 7 }])
  })

  it('leaves no password on disk', () => {
    expect(existsSync(path.join(base, 'server', 'superuser-password'))).toBe(false)
    expect(readFileSync(postgres.logFile, 'utf8')).not.toContain(superuserPassword)
  })
})

describe('a PostgreSQL that cannot start', () => {
  it('says which package is missing', async () => {
    const base = directory()
    await expect(findBinaries(base, undefined, packageName('aix', 'ppc'))).rejects.toThrow(PostgresUnavailable)
    rmSync(base, { recursive: true })
  })

  it('leaves no process behind when the start is aborted', async () => {
    const base = directory()
    const aborting = new AbortController()
    const starting = startPostgres({ directory: path.join(base, 'server'), superuserPassword, signal: aborting.signal })
    setTimeout(() => aborting.abort(), 60)
    await expect(starting).rejects.toThrow()
    rmSync(base, { recursive: true })
  })

  it.skipIf(process.getuid?.() !== 0)('names the directory that nobody may not enter', async () => {
    const base = directory(0o700)
    const starting = startPostgres({
      directory: path.join(base, 'server'),
      superuserPassword,
      signal: AbortSignal.timeout(5_000),
    })
    await expect(starting).rejects.toThrow(`nobody may not enter ${base}`)
    rmSync(base, { recursive: true })
  })
})
