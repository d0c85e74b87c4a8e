import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quoted } from '../../src/procedures/database.ts'
import { databasesLike } from '../../src/procedures/database-swap.ts'
import { runDrill } from '../../src/procedures/drill.ts'
import { DRILL_NAMES, DRILLS, type DrillName } from '../../src/procedures/drills.ts'
import { loadTarget } from '../../src/targets/load.ts'
import { groundInProcess } from '../../suites/support/drill-in-process.ts'
import { postgresBinaries } from '../support/postgres.ts'
import { type ProcedureDatabases, procedureDatabases, run } from '../support/procedure-database.ts'

/** By what each is noticed. */
const NOTICED: Readonly<Partial<Record<DrillName, RegExp>>> = {
  'corrupting-migration': /ledger: /,
  'stores-nothing': /^checks: .*POST-22 /,
  'never-healthy': /deploy stopped at "services"/,
  slow: /^(checks: PERF-0\d .*)?latency: /,
  'database-killed': /ledger: /,
}

describe.skipIf(postgresBinaries === undefined)('a drill', () => {
  let databases: ProcedureDatabases
  beforeAll(async () => {
    databases = await procedureDatabases()
    await run(databases.admin, `CREATE ROLE ${quoted('bridge')} LOGIN PASSWORD 'secret'`)
  })
  afterAll(async () => databases?.[Symbol.asyncDispose]())

  const drill = (name: DrillName) => {
    const { admin } = databases
    const application = { host: admin.host, port: admin.port, user: 'bridge', password: 'secret' }
    const ground = groundInProcess({ spec: loadTarget('embedded'), admin, application })
    return runDrill({ ground, plan: DRILLS[name], runId: `T-${name}`, signal: AbortSignal.timeout(40_000) })
  }
  const held = DRILL_NAMES.filter((name) => DRILLS[name].needsContainers !== true)

  it.each(held)('of "%s" is noticed and rolled back', async (name) => {
    const report = await drill(name)
    expect(report.deploy.failure).toBe('')
    expect(report.rollback.failure).toBe('')
    expect(report.detection?.how).toMatch(NOTICED[name] ?? 'nobody said how')
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
      ...(DRILLS[name].trouble === undefined ? [] : [{ stopped: true, step: 'restore database', changed: [] }]),
    ])
    for (const { next } of report.troubled) expect(next).not.toBe('')
    expect(await databasesLike({ admin: databases.admin }, 'drill_')).toEqual([])
  })
})
