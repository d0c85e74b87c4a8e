import { mkdtemp, readFile, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Backup, takeBackup } from '../../src/procedures/backup.ts'
import { copyDump } from '../../src/procedures/copy-dump.ts'
import type { DatabaseConnection } from '../../src/procedures/database.ts'
import { databasesLike, dropDatabase } from '../../src/procedures/database-swap.ts'
import type { Platform } from '../../src/procedures/platform.ts'
import { type RollbackOptions, rollbackProcedure } from '../../src/procedures/rollback.ts'
import { runProcedure } from '../../src/procedures/run.ts'
import { postgresBinaries } from '../support/postgres.ts'
import { type ProcedureDatabases, procedureDatabases, run } from '../support/procedure-database.ts'

const OLD = `sha256:${'a'.repeat(64)}`
const NEW = `sha256:${'b'.repeat(64)}`

/** A platform in memory that runs one service. */
function memoryPlatform(): Platform & {
  images: Set<string>
  calls: string[]
  ill: string | undefined
  current: Record<string, string>
} {
  const platform = {
    images: new Set([OLD, NEW]),
    calls: [] as string[],
    ill: undefined as string | undefined,
    current: { receiver: NEW } as Record<string, string>,
    groups: { infrastructure: [], services: ['receiver'], monitoring: [], gateway: [] },
    hasImage: async (digest: string) => platform.images.has(digest),
    fetchImage: async () => undefined,
    async start(service: string, digest: string) {
      platform.calls.push(`start ${digest.slice(7, 8)}`)
      platform.current = { ...platform.current, [service]: digest }
    },
    async stop(service: string) {
      platform.calls.push('stop')
      const { [service]: _, ...rest } = platform.current
      platform.current = rest
    },
    ailment: async () => platform.ill,
    running: async () => platform.current,
    migrate: async () => undefined,
    frontDoorProblem: async () => platform.ill,
  }
  return platform
}

describe.skipIf(postgresBinaries === undefined)('a rollback', () => {
  let databases: ProcedureDatabases
  let live: DatabaseConnection
  let backup: Backup
  let platform: ReturnType<typeof memoryPlatform>
  let root: string
  let stateFile: string
  let number = 0

  beforeAll(async () => {
    databases = await procedureDatabases()
  })
  afterAll(async () => databases?.[Symbol.asyncDispose]())

  beforeEach(async () => {
    number += 1
    live = { ...databases.admin, database: `live_${number}` }
    await run(databases.admin, `CREATE DATABASE ${live.database}`)
    await run(databases.admin, `ALTER DATABASE ${live.database} SET timezone TO 'Asia/Tokyo'`)
    await run(live, "CREATE TABLE t (x text); INSERT INTO t SELECT 'good' || i FROM generate_series(1, 3000) i")
    root = await mkdtemp(path.join(databases.directory, 'host-'))
    await writeFile(path.join(root, 'app.env'), 'GOOD=1\n', { mode: 0o640 })
    backup = await takeBackup({
      backups: path.join(databases.directory, `backups-${number}`),
      database: live,
      configuration: [{ source: path.join(root, 'app.env'), original: '/app.env' }],
      images: { receiver: OLD },
      dump: copyDump(),
    })
    await run(live, "UPDATE t SET x = 'bad'; ALTER TABLE t ADD COLUMN bad int")
    await writeFile(path.join(root, 'app.env'), 'BAD=1\n')
    platform = memoryPlatform()
    stateFile = path.join(databases.directory, `state-${number}.json`)
  })

  const rollBack = (more: Partial<RollbackOptions> = {}) =>
    runProcedure(
      rollbackProcedure({
        platform,
        backup: backup.directory,
        administration: { admin: databases.admin },
        application: live,
        configurationRoot: root,
        deadlineMs: 50,
        ...more,
      }),
      { stateFile, everyMs: 5 },
    )
  const rows = (database: DatabaseConnection = live) => run(database, 'SELECT count(*)::int AS rows, min(x) AS least FROM t')
  const everyDatabase = () => databasesLike({ admin: databases.admin }, live.database)

  async function expectUntouched(): Promise<void> {
    expect(await rows()).toEqual([{ rows: 3000, least: 'bad' }])
    expect(await everyDatabase()).toEqual([live.database])
    expect(platform.current).toEqual({ receiver: NEW })
    expect(platform.calls).toEqual([])
    expect(await readFile(path.join(root, 'app.env'), 'utf8')).toBe('BAD=1\n')
  }

  it('brings back rows, schema, settings, configuration and images, and keeps what it replaced', async () => {
    let keptAs: string | undefined
    const report = await rollBack({ onReplaced: (name) => (keptAs = name) })
    expect(report.failure).toBeNull()
    expect(await rows()).toEqual([{ rows: 3000, least: 'good1' }])
    expect(await run(live, 'SHOW timezone')).toEqual([{ TimeZone: 'Asia/Tokyo' }])
    expect(await readFile(path.join(root, 'app.env'), 'utf8')).toBe('GOOD=1\n')
    expect(platform.current).toEqual({ receiver: OLD })
    expect(keptAs).toMatch(new RegExp(`^${live.database}_before_\\d{8}_\\d{6}$`))
    expect(await rows({ ...live, database: keptAs ?? '' })).toEqual([{ rows: 3000, least: 'bad' }])
  })

  it('to a truncated backup stops with nothing changed, and says what to do', async () => {
    const file = backup.manifest.files.find((one) => one.path.includes('/2-'))
    await truncate(path.join(backup.directory, file?.path ?? ''), 50)
    const report = await rollBack()
    expect(report.failure).toMatchObject({ step: 'check inputs', stage: 'precondition' })
    expect(report.failure?.message).toMatch(/truncated: it has 50 of/)
    expect(report.failure?.whenItFails).toMatch(/nothing was changed; choose an older backup/)
    await expectUntouched()
  })

  it('to an image that is gone stops with nothing changed, naming service and digest', async () => {
    platform.images.delete(OLD)
    const report = await rollBack()
    expect(report.failure?.message).toBe(`images are not on this host: receiver ${OLD}`)
    await expectUntouched()
    platform.images.add(OLD)
    expect((await rollBack()).outcome, 'once the image is there').toBe('done')
  })

  it('whose database is killed in the middle of the restore leaves the live one alone, and goes on when it is run again', async () => {
    const restoring = `${live.database}_restoring`
    await run(
      live,
      'ALTER TABLE t DROP COLUMN bad; INSERT INTO t SELECT repeat(md5(i::text), 9) FROM generate_series(1, 100000) i',
    )
    backup = await takeBackup({
      backups: path.join(databases.directory, `larger-${number}`),
      database: live,
      configuration: [],
      images: { receiver: OLD },
      dump: copyDump(),
    })
    await run(live, "DELETE FROM t WHERE x <> 'bad'")
    const killing = new AbortController()
    const kill = async (): Promise<void> => {
      while (!killing.signal.aborted) {
        const sql = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${restoring}' AND application_name = 'runbook-restore'`
        if ((await run(databases.admin, sql)).length > 0) return
      }
    }
    const killed = kill()
    const first = await rollBack()
    killing.abort()
    await killed
    expect(first.failure).toMatchObject({ step: 'restore database', stage: 'run' })
    expect(first.failure?.whenItFails).toMatch(/the live database is untouched/)
    expect(await rows()).toEqual([{ rows: 3000, least: 'bad' }])
    const second = await rollBack()
    expect(second.failure).toBeNull()
    expect(await rows()).toMatchObject([{ rows: 103_000 }])
    expect(await everyDatabase()).toHaveLength(2)
  })

  it('that was cut off between its two renames is completed by the next run', async () => {
    platform.ill = 'answers 503'
    await rollBack()
    // As if it had been cut off right after the live database was renamed away.
    const [kept] = (await everyDatabase()).filter((name) => name.includes('_before_'))
    await run(databases.admin, `ALTER DATABASE ${live.database} RENAME TO ${live.database}_restoring`)
    platform.ill = undefined
    const report = await rollBack()
    expect(report.failure).toBeNull()
    expect(await everyDatabase()).toEqual([live.database, kept])
    expect(await rows()).toEqual([{ rows: 3000, least: 'good1' }])
  })

  it('whose services do not become healthy says so, and run again does not restore over what came in since', async () => {
    platform.ill = 'answers 503'
    const first = await rollBack()
    expect(first.failure).toMatchObject({
      step: 'start services',
      stage: 'verify',
      message: 'not ready within 50 ms: receiver: answers 503',
    })
    await run(live, "INSERT INTO t VALUES ('accepted since')")
    platform.ill = undefined
    expect((await rollBack()).outcome).toBe('done')
    expect(await run(live, "SELECT count(*)::int AS rows FROM t WHERE x = 'accepted since'")).toEqual([{ rows: 1 }])
    expect(await everyDatabase()).toHaveLength(2)
  })

  it('that is run again after it was done is a new one, and gives up nothing for good', async () => {
    await rollBack()
    await run(live, "INSERT INTO t VALUES ('later')")
    const again = await rollBack()
    expect(again.outcome).toBe('done')
    const [, first, second] = await everyDatabase()
    expect([first, second]).toEqual([
      expect.stringMatching(/_before_\d{8}_\d{6}$/),
      expect.stringMatching(/_before_\d{8}_\d{6}_2$/),
    ])
    expect(await run({ ...live, database: second ?? '' }, "SELECT x FROM t WHERE x = 'later'")).toEqual([{ x: 'later' }])
  })

  it('whose restored database was taken away says so, and does not take the bad one for it', async () => {
    platform.stop = () => Promise.reject(new Error('not yet'))
    await rollBack()
    // Restored, and then somebody cleaned up before it was put in place.
    const state = JSON.parse(await readFile(stateFile, 'utf8')) as { done: unknown[] }
    state.done.push({ name: 'restore database', startedAt: new Date().toISOString(), ms: 1 })
    await writeFile(stateFile, JSON.stringify(state))
    platform.stop = async () => undefined
    platform.current = {}
    const report = await rollBack()
    expect(report.failure).toMatchObject({ step: 'put database in place', stage: 'run' })
    expect(report.failure?.message).toMatch(/neither live_\d+ nor live_\d+_restoring is what was restored/)
    expect(await rows()).toEqual([{ rows: 3000, least: 'bad' }])
  })

  it('without a live database to restore beside says so', async () => {
    await dropDatabase({ admin: databases.admin }, live.database)
    const report = await rollBack()
    expect(report.failure?.message).toMatch(/there is no database live_\d+ whose owner/)
  })
})
