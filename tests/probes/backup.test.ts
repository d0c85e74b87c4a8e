import { mkdir, rm, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Unobserved } from '../../src/outcome.ts'
import { restoreRehearsal } from '../../src/probes/backup.ts'
import { takeBackup } from '../../src/procedures/backup.ts'
import { copyDump } from '../../src/procedures/copy-dump.ts'
import type { DatabaseConnection } from '../../src/procedures/database.ts'
import { databasesLike } from '../../src/procedures/database-swap.ts'
import { toolMajor } from '../../src/procedures/dump.ts'
import { hostSchema } from '../../src/targets/schema.ts'
import { postgresBinaries } from '../support/postgres.ts'
import { type ProcedureDatabases, procedureDatabases } from '../support/procedure-database.ts'
import { testSession } from '../support/session.ts'

const hasPsql = (await toolMajor('psql')) !== undefined

describe.skipIf(postgresBinaries === undefined)('a rehearsed restore', () => {
  let databases: ProcedureDatabases
  let filled: DatabaseConnection
  let backups: string
  beforeAll(async () => {
    databases = await procedureDatabases()
    filled = await databases.fresh('CREATE TABLE hook (i int PRIMARY KEY); INSERT INTO hook SELECT generate_series(1, 500)')
    backups = path.join(databases.directory, 'opt/backups')
  })
  afterAll(async () => databases?.[Symbol.asyncDispose]())
  beforeEach(async () => {
    await rm(backups, { recursive: true, force: true })
    await mkdir(backups, { recursive: true })
  })

  const backUp = (day: number) =>
    takeBackup({
      backups,
      database: filled,
      configuration: [],
      images: {},
      dump: copyDump(),
      at: new Date(Date.UTC(2026, 0, day)),
    })

  async function rehearse(more: { password?: string; shell?: 'ssh' } = {}) {
    const { host, port, user, password } = databases.admin
    const probe = restoreRehearsal({
      host: {
        role: 'services',
        ...hostSchema.parse({ root: databases.directory, shell: more.shell ?? 'local', simulated: true }),
      },
      backups: '/opt/backups',
      sandbox: { host, port, user, database: 'x', password: { env: 'UNUSED' }, ssl: false },
      adminUser: user,
      queries: { hooks: 'SELECT * FROM hook LIMIT 3', lost: 'SELECT * FROM nowhere' },
    })
    const session = testSession({ 'postgres.password': password, 'postgres.adminPassword': more.password ?? password })
    const reading = await probe.read(session)
    expect(await databasesLike({ admin: databases.admin }, 'rehearsal_'), 'databases left behind').toEqual([])
    return reading
  }

  it('restores the newest backup, compares it, asks the application’s queries', async () => {
    await backUp(1)
    await backUp(2)
    const { value, origin } = await rehearse()
    expect(origin).toBe('simulated')
    expect(value).toMatchObject({
      backups: 2,
      failed: [],
      restored: {
        name: '20260102_000000',
        hasManifest: true,
        tables: [{ name: 'hook', manifest: 500, restored: 500 }],
        queries: [
          { name: 'hooks', rows: 3, problem: '' },
          { name: 'lost', rows: null, problem: expect.stringContaining('nowhere') },
        ],
      },
    })
  })

  it('walks back to the newest that restores, and says what is wrong with the newer ones', async () => {
    await backUp(1)
    const { directory, manifest } = await backUp(2)
    await truncate(path.join(directory, manifest.files[1]?.path ?? ''), 10)
    await mkdir(path.join(backups, '20260103_000000'))
    const { value } = await rehearse()
    expect(value.restored?.name).toBe('20260101_000000')
    expect(value.failed).toEqual([
      { name: '20260103_000000', problem: expect.stringMatching(/holds neither a manifest nor a dump/) },
      { name: '20260102_000000', problem: expect.stringMatching(/is truncated: it has 10 of/) },
    ])
  })

  it('says that nothing restored where nothing did, and leaves unfinished backups alone', async () => {
    await mkdir(path.join(backups, '20260103_000000.partial'))
    expect((await rehearse()).value).toEqual({ backups: 0, failed: [], restored: null })
  })

  it.skipIf(!hasPsql)('restores a plain dump without manifest as well, and an empty one not', async () => {
    await writeFile(
      path.join(backups, '20260101_000000.sql.gz'),
      gzipSync('CREATE TABLE hook (i int); INSERT INTO hook VALUES (1);\n'),
    )
    await mkdir(path.join(backups, '20260102_000000'))
    await writeFile(
      path.join(backups, '20260102_000000/database_backup.sql.gz'),
      gzipSync('CREATE TABLE hook (i int); SELECT 1 / 0;\n'),
    )
    await writeFile(path.join(backups, '20260103_000000.sql.gz'), '')
    const { value } = await rehearse()
    expect(value.failed).toEqual([
      { name: '20260103_000000.sql.gz', problem: expect.stringMatching(/is empty/) },
      { name: '20260102_000000', problem: expect.stringMatching(/psql ended with 3: .*division by zero/s) },
    ])
    expect(value.restored).toMatchObject({ name: '20260101_000000.sql.gz', hasManifest: false, takenAt: null, tables: [] })
  })

  it('is unobserved where the folder is not there, where nobody is let in, and where the backups lie elsewhere', async () => {
    await backUp(1)
    await expect(rehearse({ password: 'wrong' })).rejects.toThrow(/could be tried .*password authentication failed/)
    await expect(rehearse({ shell: 'ssh' })).rejects.toThrow(/does not fetch them yet/)
    await rm(backups, { recursive: true })
    await expect(rehearse()).rejects.toThrow(Unobserved)
  })
})
