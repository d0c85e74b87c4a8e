import { execFile } from 'node:child_process'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { takeBackup } from '../../src/procedures/backup.ts'
import { copyDump } from '../../src/procedures/copy-dump.ts'
import { type DatabaseConnection, inTransaction, withDatabase } from '../../src/procedures/database.ts'
import { type DatabaseDump, toolMajor } from '../../src/procedures/dump.ts'
import { pgDump } from '../../src/procedures/pg-dump.ts'
import { readManifest, restoreDatabase, verifyBackup } from '../../src/procedures/restore.ts'
import { schemaHash } from '../../src/procedures/schema-hash.ts'
import { postgresBinaries } from '../support/postgres.ts'
import { type ProcedureDatabases, procedureDatabases, run } from '../support/procedure-database.ts'

const schema = await readFile('tests/procedures/schema.sql', 'utf8')
const DIGEST = `sha256:${'a'.repeat(64)}`
const major = await toolMajor('pg_dump')
const methods: (readonly [string, DatabaseDump, boolean])[] = [
  ['COPY streams', copyDump(), true],
  ['pg_dump', pgDump(), major !== undefined && major >= 15],
]

describe.skipIf(postgresBinaries === undefined)('a backup', () => {
  let databases: ProcedureDatabases
  let filled: DatabaseConnection
  let envFile: string
  beforeAll(async () => {
    databases = await procedureDatabases()
    filled = await databases.fresh(schema)
    envFile = path.join(databases.directory, '.env.production')
    await writeFile(envFile, 'ENVIRONMENT=production\n', { mode: 0o640 })
  })
  afterAll(async () => databases?.[Symbol.asyncDispose]())

  let taken = 0
  function backUp(database: DatabaseConnection, dump: DatabaseDump) {
    taken += 1
    return takeBackup({
      backups: path.join(databases.directory, 'backups'),
      database,
      configuration: [{ source: envFile, original: '/opt/app/.env.production' }],
      images: { receiver: DIGEST },
      at: new Date(Date.UTC(2026, 0, 2, 3, 4, taken)),
      dump,
    })
  }

  describe.each(methods)('by %s', (_name, dump, possible) => {
    it.skipIf(!possible)('restores to the same schema, rows, sequences and constraints', async () => {
      const { directory, manifest } = await backUp(filled, dump)
      const empty = await databases.fresh()
      const restored = await restoreDatabase({ directory, manifest, database: empty })
      expect(restored.schemaHash).toBe(manifest.database.schemaHash)
      expect(manifest.database.tables.map(({ name, rows }) => [name, rows])).toEqual([
        ['hook', 50],
        ['nothing', 0],
        ['owner', 2],
        ['schema_migrations', 2],
      ])
      expect(manifest.database.schemaVersion).toBe('0002')
      expect(manifest.database.tables[0]?.newest).toMatch(/^20\d\d-.*Z$/)
      for (const table of ['hook', 'owner', 'schema_migrations'])
        expect(await run(empty, `SELECT * FROM ${table} ORDER BY 1`)).toEqual(
          await run(filled, `SELECT * FROM ${table} ORDER BY 1`),
        )
      await run(empty, "INSERT INTO owner (name) VALUES ('third')")
      expect(await run(empty, "SELECT id, tier FROM owner WHERE name = 'third'")).toEqual([{ id: '102', tier: 'small' }])
      await expect(run(empty, "INSERT INTO hook (owner_id, source) VALUES (999, 's')")).rejects.toThrow(/foreign key/)
      await expect(run(empty, "INSERT INTO hook (source) VALUES ('')")).rejects.toThrow(/check constraint/)
    })

    it.skipIf(!possible)('restores again what was restored, to the same hash', async () => {
      const first = await backUp(filled, dump)
      const copy = await databases.fresh()
      await restoreDatabase({ ...first, database: copy })
      const second = await backUp(copy, dump)
      expect(second.manifest.database.schemaHash).toBe(first.manifest.database.schemaHash)
    })

    it.skipIf(!possible)('counts rows in the snapshot that it dumps, whatever is written meanwhile', async () => {
      const busy = await databases.fresh('CREATE TABLE t (i int); INSERT INTO t SELECT generate_series(1, 1000)')
      const meddling: DatabaseDump = {
        ...dump,
        async dump(request) {
          await run(busy, 'INSERT INTO t SELECT generate_series(1, 500)')
          return dump.dump(request)
        },
      }
      const { directory, manifest } = await backUp(busy, meddling)
      expect(manifest.database.tables).toEqual([{ name: 't', rows: 1000, newest: null, columns: ['i'] }])
      await restoreDatabase({ directory, manifest, database: await databases.fresh() })
    })
  })

  it.skipIf(major === undefined)('by COPY streams is restored by hand as the runbook says', async () => {
    const { directory, manifest } = await backUp(filled, copyDump())
    const empty = await databases.fresh()
    const runbook = await readFile('docs/runbook/rollback.md', 'utf8')
    const script = /```sh\n(restore_copies\(\)[\s\S]*?)\n```/
      .exec(runbook)?.[1]
      ?.replace('omninode_bridge_restoring', empty.database)
    const { host, port, user, password } = empty
    await promisify(execFile)('sh', ['-euc', script ?? 'exit 9'], {
      env: { ...process.env, BACKUP: directory, PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password },
    })
    expect(await withDatabase(empty, (client) => inTransaction(client, 'BEGIN', () => schemaHash(client)))).toBe(
      manifest.database.schemaHash,
    )
    expect(await run(empty, 'SELECT * FROM hook ORDER BY id')).toEqual(await run(filled, 'SELECT * FROM hook ORDER BY id'))
  })

  it('holds the configuration with its modes, all files private, the manifest last', async () => {
    const { directory, manifest } = await backUp(filled, copyDump())
    expect(path.basename(directory)).toBe(`20260102_0304${String(taken).padStart(2, '0')}`)
    expect(manifest.configuration).toEqual([
      { path: 'config/opt/app/.env.production', original: '/opt/app/.env.production', mode: '0640' },
    ])
    expect(await readFile(path.join(directory, 'config/opt/app/.env.production'), 'utf8')).toBe('ENVIRONMENT=production\n')
    const names = await readdir(directory, { recursive: true, withFileTypes: true })
    for (const entry of names) {
      const { mode } = await stat(path.join(entry.parentPath, entry.name))
      expect([entry.name, (mode & 0o777).toString(8)]).toEqual([entry.name, entry.isDirectory() ? '700' : '600'])
    }
    expect(await readManifest(directory)).toEqual(manifest)
    await verifyBackup(directory, manifest)
  })

  it.each([
    ['a database that has no table', async () => databases.fresh(), /no table/],
    [
      'a view, which COPY cannot hold',
      async () => databases.fresh('CREATE TABLE t (i int); CREATE VIEW v AS SELECT * FROM t'),
      /view public\.v/,
    ],
    ['a database that does not exist', async () => ({ ...filled, database: 'nowhere' }), /nowhere/],
    ['a wrong password', async () => ({ ...filled, password: 'wrong' }), /password authentication failed/],
  ])('of %s is an error and leaves nothing behind', async (_what, database, message) => {
    const before = await readdir(path.join(databases.directory, 'backups'))
    await expect(backUp(await database(), copyDump())).rejects.toThrow(message)
    expect(await readdir(path.join(databases.directory, 'backups'))).toEqual(before)
  })

  it.skipIf(major === undefined)('of which pg_dump fails half-way leaves nothing behind', async () => {
    const before = await readdir(path.join(databases.directory, 'backups'))
    const failing: DatabaseDump = { ...pgDump(), dump: (request) => pgDump().dump({ ...request, snapshot: 'no-such' }) }
    await expect(backUp(filled, failing)).rejects.toThrow(/pg_dump ended with 1: .*snapshot/s)
    expect(await readdir(path.join(databases.directory, 'backups'))).toEqual(before)
  })

  it('without its environment file is an error', async () => {
    const missing = takeBackup({
      backups: path.join(databases.directory, 'backups'),
      database: filled,
      configuration: [{ source: '/nowhere/.env.production', original: '/nowhere/.env.production' }],
      images: {},
      at: new Date(0),
    })
    await expect(missing).rejects.toThrow('what a rollback would need cannot be read: /nowhere/.env.production (ENOENT)')
  })

  it('never takes the place of one of the same second', async () => {
    taken = 30
    await backUp(filled, copyDump())
    taken = 30
    await expect(backUp(filled, copyDump())).rejects.toThrow(/EEXIST|exists|ENOTEMPTY/)
  })
})
