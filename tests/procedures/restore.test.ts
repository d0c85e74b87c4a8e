import { cp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Backup, takeBackup } from '../../src/procedures/backup.ts'
import { type DatabaseConnection, inTransaction, withDatabase } from '../../src/procedures/database.ts'
import { dumpOf, toolMajor } from '../../src/procedures/dump.ts'
import { MANIFEST_FILE, type Manifest, UnusableBackup } from '../../src/procedures/manifest.ts'
import { readManifest, restoreDatabase } from '../../src/procedures/restore.ts'
import { schemaHash } from '../../src/procedures/schema-hash.ts'
import { until } from '../../src/wait.ts'
import { postgresBinaries } from '../support/postgres.ts'
import { type ProcedureDatabases, procedureDatabases, run } from '../support/procedure-database.ts'

const hasTools = ((await toolMajor('pg_restore')) ?? 0) >= 15

describe.skipIf(postgresBinaries === undefined)('a restore', () => {
  let databases: ProcedureDatabases
  let backup: Backup
  beforeAll(async () => {
    databases = await procedureDatabases()
    backup = await backUp(
      await databases.fresh(
        "CREATE TABLE t (i int PRIMARY KEY, x text); INSERT INTO t SELECT i, 'x' || i FROM generate_series(1, 5000) i",
      ),
    )
  })
  afterAll(async () => databases?.[Symbol.asyncDispose]())

  let taken = 0
  function backUp(database: DatabaseConnection, method: 'copy' | 'pg_dump' = 'copy'): Promise<Backup> {
    taken += 1
    const at = new Date(Date.UTC(2026, 0, 1, 0, 0, taken))
    return takeBackup({
      backups: path.join(databases.directory, 'backups'),
      database,
      configuration: [],
      images: {},
      at,
      dump: dumpOf(method),
    })
  }

  /** A copy of the backup that the test may spoil, with its manifest changed as wanted. */
  async function spoiled(change: (manifest: Manifest, directory: string) => Promise<unknown>): Promise<Backup> {
    taken += 1
    const directory = path.join(databases.directory, `spoiled-${taken}`)
    await cp(backup.directory, directory, { recursive: true })
    const manifest = structuredClone(backup.manifest)
    await change(manifest, directory)
    return { directory, manifest }
  }

  async function expectRefused(
    { directory, manifest }: Backup,
    message: RegExp,
    type: new (message: string) => Error = UnusableBackup,
  ): Promise<void> {
    const database = await databases.fresh()
    const refused = await restoreDatabase({ directory, manifest, database }).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(type)
    expect(String(refused)).toMatch(message)
    expect(await run(database, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace")).toEqual([])
  }

  const rowsFile = (manifest: Manifest) => manifest.files.find(({ path }) => path.includes('/2-'))

  it('of a truncated file is refused before anything is loaded', async () => {
    const bad = await spoiled((manifest, directory) => truncate(path.join(directory, rowsFile(manifest)?.path ?? ''), 100))
    await expectRefused(bad, /2-001-t\.copy\.gz is truncated: it has 100 of \d+ bytes/)
  })

  it('of an altered file is refused by its checksum', async () => {
    const bad = await spoiled(async (manifest, directory) => {
      const file = path.join(directory, rowsFile(manifest)?.path ?? '')
      const bytes = await readFile(file)
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
      await writeFile(file, bytes)
    })
    await expectRefused(bad, /was altered/)
  })

  it('of a missing file is refused', async () => {
    await expectRefused(
      await spoiled((manifest, directory) => rm(path.join(directory, rowsFile(manifest)?.path ?? ''))),
      /cannot be read \(ENOENT/,
    )
  })

  it('of a file that unpacks to more than its manifest says ends at that size', async () => {
    const bad = await spoiled(async (manifest, directory) => {
      const bomb = gzipSync(Buffer.alloc(48_000_000, '1\tx\n'))
      const file = rowsFile(manifest)
      if (file === undefined) throw new Error('no rows')
      await writeFile(path.join(directory, file.path), bomb)
      const { createHash } = await import('node:crypto')
      Object.assign(file, { bytes: bomb.length, sha256: createHash('sha256').update(bomb).digest('hex') })
    })
    await expectRefused(bad, /unpacks to more than the \d+ bytes/)
  })

  it('of rows other than were counted is rolled back', async () => {
    const bad = await spoiled(async (manifest) => {
      for (const table of manifest.database.tables) table.rows += 1
    })
    await expectRefused(bad, /table t has 5000 rows instead of 5001/)
  })

  it('to another schema than was hashed is rolled back', async () => {
    await expectRefused(
      await spoiled(async (manifest) => Object.assign(manifest.database, { schemaHash: '0'.repeat(64) })),
      /schema hash .* instead of 000000000000/,
    )
  })

  it('of a backup from a newer server is refused', async () => {
    await expectRefused(
      await spoiled(async (manifest) => Object.assign(manifest.database, { serverVersion: 990_000 })),
      /PostgreSQL 99 and this server is 15/,
    )
  })

  it.skipIf(!hasTools)('of a corrupt archive of pg_dump ends with what pg_restore said', async () => {
    const good = await backUp(await databases.fresh('CREATE TABLE t (i int)'), 'pg_dump')
    const file = good.manifest.files[0]
    if (file === undefined) throw new Error('no archive')
    await writeFile(path.join(good.directory, file.path), 'not an archive')
    const { createHash } = await import('node:crypto')
    Object.assign(file, { bytes: 14, sha256: createHash('sha256').update('not an archive').digest('hex') })
    await expectRefused(good, /pg_restore ended with 1/, Error)
  })

  it('into a database that is not empty is refused, naming what is there', async () => {
    const database = await databases.fresh('CREATE TABLE precious (i int)')
    await expect(restoreDatabase({ ...backup, database })).rejects.toThrow(/not empty \(public\.precious/)
  })

  it('whose server goes away half-way leaves the database empty', async () => {
    const database = await databases.fresh()
    const restoring = await withDatabase(database, (holder) =>
      inTransaction(holder, 'BEGIN', async () => {
        // Not seen by the restore, whose own table of this name has to wait for it: so it dies half-way, however fast it is.
        await holder.query('CREATE TABLE t (i int)')
        const ended = restoreDatabase({ ...backup, database }).catch((error: unknown) => error)
        const killed = await until(
          () =>
            run(
              databases.admin,
              `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database.database}' AND wait_event_type = 'Lock'`,
            ),
          (rows) => rows.length > 0,
          { deadlineMs: 60_000, everyMs: 20 },
        )
        expect(killed).toHaveLength(1)
        await holder.query('DROP TABLE t')
        return ended
      }),
    )
    expect(restoring).toBeInstanceOf(Error)
    expect(await run(database, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace")).toEqual([])
  })

  it.each([
    ['nothing', undefined, /has no readable manifest\.json \(ENOENT\)/],
    ['no JSON', '{', /the manifest is no JSON/],
    ['another version', '{"format":"other@9"}', /the manifest is not one of runbook-backup@1: format: /],
    [
      'a path out of the backup',
      JSON.stringify({ files: [{ path: '../../etc/passwd' }] }),
      /files\.0\.path: expected a path that does not leave/,
    ],
  ])('of a manifest that is %s says so', async (_what, text, message) => {
    const { directory } = await spoiled(async (_manifest, where) => {
      const file = path.join(where, MANIFEST_FILE)
      await (text === undefined ? rm(file) : writeFile(file, text))
    })
    await expect(readManifest(directory)).rejects.toThrow(message)
  })

  it('brings back every value as it was', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 30 }).map((value) => value.replaceAll('\0', ''))
    const nasty = fc.oneof(
      text,
      fc.constantFrom('\\N', '\\.', 'a\tb', 'line\nline', '\r\n', '\\\\', '', '"', "'", '{}', '\u{1F600}', '\u2028'),
    )
    const row = fc.record({
      t: fc.option(nasty),
      j: fc.option(fc.jsonValue().map((value) => JSON.stringify(value).replaceAll('\\u0000', ''))),
      a: fc.option(fc.array(fc.option(nasty), { maxLength: 4 })),
      b: fc.option(fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes))),
      n: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)),
      d: fc.option(fc.constantFrom('NaN', 'Infinity', '-Infinity', '0.1', '1e-300', '-0')),
    })
    const source = await databases.fresh(
      'CREATE TABLE nasty (i serial PRIMARY KEY, t text, j jsonb, a text[], b bytea, n bigint, d double precision)',
    )
    const everything = (database: DatabaseConnection) =>
      run(database, 'SELECT i, t, j::text, a::text, b, n, d FROM nasty ORDER BY i')
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 40 }), async (rows) => {
        await withDatabase(source, async (client: pg.Client) => {
          for (const { t, j, a, b, n, d } of rows)
            await client.query('INSERT INTO nasty (t, j, a, b, n, d) VALUES ($1, $2, $3, $4, $5, $6)', [t, j, a, b, n, d])
        })
        const { directory, manifest } = await backUp(source)
        const empty = await databases.fresh()
        await restoreDatabase({ directory, manifest, database: empty })
        expect(await everything(empty)).toEqual(await everything(source))
      }),
      { numRuns: 12 },
    )
  })

  it('hashes a schema alike in whatever order it was made, and unlike where anything differs', async () => {
    const hash = async (sql: string) =>
      withDatabase(await databases.fresh(sql), (client) => inTransaction(client, 'BEGIN', () => schemaHash(client)))
    const one = await hash('CREATE TABLE a (i int); CREATE TABLE b (i int NOT NULL)')
    expect(await hash('CREATE TABLE b (i int NOT NULL); CREATE TABLE a (i int)')).toBe(one)
    const others = [
      'i int',
      'i bigint NOT NULL',
      'i int NOT NULL DEFAULT 1',
      'i int NOT NULL UNIQUE',
      'i int NOT NULL CHECK (i > 0)',
      'j int NOT NULL',
    ]
    const hashes = await Promise.all(others.map((column) => hash(`CREATE TABLE a (i int); CREATE TABLE b (${column})`)))
    expect(new Set([one, ...hashes]).size).toBe(others.length + 1)
  })
})
