import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quoted } from '../../src/procedures/database.ts'
import { databasesLike } from '../../src/procedures/database-swap.ts'
import { runDrill } from '../../src/procedures/drill.ts'
import { BAD_RELEASES, type BadRelease } from '../../src/procedures/drill-stage.ts'
import { setStage } from '../../suites/support/drill-stage.ts'
import { postgresBinaries } from '../support/postgres.ts'
import { type ProcedureDatabases, procedureDatabases, run } from '../support/procedure-database.ts'

describe.skipIf(postgresBinaries === undefined)('a drill', () => {
  let databases: ProcedureDatabases
  beforeAll(async () => {
    databases = await procedureDatabases()
    await run(databases.admin, `CREATE ROLE ${quoted('bridge')} LOGIN PASSWORD 'secret'`)
  })
  afterAll(async () => databases?.[Symbol.asyncDispose]())

  const drill = (badRelease: BadRelease) => {
    const { admin } = databases
    const application = { host: admin.host, port: admin.port, user: 'bridge', password: 'secret' }
    return runDrill({ admin, application, badRelease, setStage, runId: `T-${badRelease}`, signal: AbortSignal.timeout(20_000) })
  }

  it.each(BAD_RELEASES)('with a release that is bad by "%s" is noticed and rolled back', async (badRelease) => {
    const report = await drill(badRelease)
    expect(report.deploy.failure).toBe('')
    expect(report.rollback.failure).toBe('')
    expect(report.detection?.how).toMatch(
      {
        'corrupting migration': /^ledger: /,
        'stores nothing': /^ledger: /,
        'never healthy': /deploy stopped at "services"/,
        slow: /^latency: /,
      }[badRelease],
    )
    expect(report.rtoMs).toBeGreaterThan(0)
    expect(report.digests.after).toEqual(report.digests.before)
    expect(report.digests.bad).not.toEqual(report.digests.before)
    for (const { manifest, restored } of report.tables) expect(restored).toBe(manifest)
    const [loss] = report.losses
    expect(loss).toMatchObject({ store: 'postgres', duplicates: [], lostBeforeBackup: [], skewed: [] })
    expect(loss?.lost).toBeGreaterThan(0)
    expect(loss?.kept).toBeGreaterThan(0)
    expect(report.troubled.map(({ stopped, step, changed }) => ({ stopped, step, changed }))).toEqual([
      { stopped: true, step: 'check inputs', changed: [] },
      { stopped: true, step: 'check inputs', changed: [] },
    ])
    expect(await databasesLike({ admin: databases.admin }, 'drill_')).toEqual([])
  })
})
