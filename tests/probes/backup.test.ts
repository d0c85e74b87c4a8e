import { chmod, mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Unobserved } from '../../src/outcome.ts'
import { restoreRehearsal } from '../../src/probes/backup.ts'
import { takeBackup } from '../../src/procedures/backup.ts'
import { copyDump } from '../../src/procedures/copy-dump.ts'
import type { DatabaseConnection } from '../../src/procedures/database.ts'
import { type HostSpec, hostSchema, type RehearsalSpec } from '../../src/targets/schema.ts'
import { postgresBinaries } from '../support/postgres.ts'
import { type ProcedureDatabases, procedureDatabases } from '../support/procedure-database.ts'
import { testSession } from '../support/session.ts'
import { SSHD, startSshd } from '../support/sshd.ts'

const rehearsal: RehearsalSpec = { image: 'none:{major}', minutes: 1, largest: 4 }

describe.skipIf(postgresBinaries === undefined)('a rehearsed restore', () => {
  let databases: ProcedureDatabases
  let filled: DatabaseConnection
  let backups: string
  beforeAll(async () => {
    databases = await procedureDatabases()
    await chmod(databases.directory, 0o755)
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

  async function rehearse(more: { host?: HostSpec; password?: string; isGenerated?: boolean; minutes?: number } = {}) {
    const host = more.host ?? hostSchema.parse({ root: databases.directory, simulated: true })
    const probe = restoreRehearsal({
      host: { role: 'services', ...host },
      backups: host.root === '' ? backups : '/opt/backups',
      live: { ...filled, ssl: false, password: { env: 'UNUSED' } },
      known: ['hook'],
      queries: { hooks: 'SELECT * FROM hook LIMIT 3', lost: 'SELECT * FROM nowhere' },
      rehearsal: { ...rehearsal, directory: databases.directory, minutes: more.minutes ?? 1 },
      isGenerated: more.isGenerated ?? false,
    })
    const session = testSession(
      { 'postgres.password': more.password ?? filled.password },
      { signal: AbortSignal.timeout(60_000) },
    )
    try {
      return await probe.read(session)
    } finally {
      await session.close()
    }
  }

  it('restores the newest backup in a server of its own, compares it, asks the application’s queries, and shows that all is gone', async () => {
    await backUp(1)
    await backUp(2)
    const { value, origin } = await rehearse()
    expect(origin).toBe('simulated')
    expect(value).toMatchObject({
      backups: 2,
      failed: [],
      restored: {
        name: '20260102_000000',
        comparedWith: 'manifest',
        tables: [{ name: 'hook', expected: 500, restored: 500 }],
        queries: [
          { name: 'hooks', rows: 3, problem: '' },
          { name: 'lost', rows: null, problem: expect.stringContaining('nowhere') },
        ],
      },
      left: [],
      destroyed: [expect.stringMatching(/process \d+ has ended/), expect.stringMatching(/is gone, and the rows with it/)],
    })
    expect(value.restored?.schemaHash.live).toBe(value.restored?.schemaHash.manifest)
  })

  it('goes on without the live database, and says why that was not compared with', async () => {
    await backUp(1)
    const { value } = await rehearse({ password: 'wrong' })
    expect(value.restored).toMatchObject({ name: '20260101_000000', schemaHash: { live: null } })
    expect(value.liveProblem).toMatch(/password authentication failed/)
  })

  it.skipIf(SSHD === undefined)('streams it from another host (needs sshd)', async () => {
    await backUp(1)
    await using sshd = await startSshd()
    const { value, origin } = await rehearse({ host: sshd.host() })
    expect(origin).toBeUndefined()
    expect(value).toMatchObject({ source: `ssh:web:${backups}`, restored: { name: '20260101_000000' }, left: [] })
    await expect(rehearse({ host: sshd.host(['Port 1']) })).rejects.toThrow(/nothing listens on 127\.0\.0\.1 port 1/)
  })

  it('is unobserved where the folder is not there, and where its time is over', async () => {
    await backUp(1)
    await expect(rehearse({ minutes: 0.0001 })).rejects.toThrow(/did not end within 0.0001 minutes/)
    await rm(backups, { recursive: true })
    await expect(rehearse()).rejects.toThrow(Unobserved)
    await expect(rehearse()).rejects.toThrow(/cannot be listed .*No such file/)
  })

  it('says that nothing restored where there is nothing, and leaves unfinished backups alone', async () => {
    await mkdir(path.join(backups, '20260103_000000.partial'))
    expect((await rehearse()).value).toMatchObject({ backups: 0, failed: [], restored: null, server: '' })
  })
})
