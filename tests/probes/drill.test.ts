import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Unobserved } from '../../src/outcome.ts'
import { drill } from '../../src/probes/drill.ts'
import { quoted } from '../../src/procedures/database.ts'
import { databasesLike } from '../../src/procedures/database-swap.ts'
import { setStage } from '../../suites/support/drill-stage.ts'
import { postgresBinaries } from '../support/postgres.ts'
import { type ProcedureDatabases, procedureDatabases, run } from '../support/procedure-database.ts'
import { testSession } from '../support/session.ts'

const SECRETS = { 'postgres.password': 'app-secret', 'postgres.adminPassword': 'correct-horse-battery' }

describe.skipIf(postgresBinaries === undefined)('a drill', () => {
  let databases: ProcedureDatabases
  beforeAll(async () => {
    databases = await procedureDatabases()
    await run(databases.admin, `CREATE ROLE ${quoted('bridge')} LOGIN PASSWORD 'app-secret'`)
  })
  afterAll(async () => databases?.[Symbol.asyncDispose]())

  const probe = (more: Partial<Parameters<typeof drill>[0]> = {}) => {
    const { host, port, user } = databases.admin
    const postgres = { host, port, user: 'bridge', database: 'bridge', password: { env: 'UNUSED' }, ssl: false }
    return drill({ postgres, adminUser: user, badRelease: 'corrupting migration', stage: async () => setStage, ...more })
  }

  it('reports what the rollback cost, and leaves no database behind', async () => {
    const { value, raw } = await probe().read(testSession(SECRETS))
    expect(value.rollback.failure).toBe('')
    expect(value.rtoMs).toBeGreaterThan(0)
    expect(value.losses.map(({ store }) => store)).toEqual(['postgres'])
    expect(JSON.parse(raw)).toEqual(value)
    for (const secret of Object.values(SECRETS)) expect(raw).not.toContain(secret)
    expect(await databasesLike({ admin: databases.admin }, 'drill_')).toEqual([])
  })

  it('is unobserved where the administrator is not let in', async () => {
    const session = testSession({ ...SECRETS, 'postgres.adminPassword': 'wrong' })
    await expect(probe().read(session)).rejects.toThrow(Unobserved)
    await expect(probe().read(session)).rejects.toThrow(/password authentication failed/)
  })

  it('is unobserved where the target names no administrator’s password', async () => {
    await expect(probe().read(testSession())).rejects.toThrow(Unobserved)
  })

  it('is unobserved where no server answers', async () => {
    const postgres = { host: '127.0.0.1', port: 1, user: 'x', database: 'x', password: { env: 'UNUSED' }, ssl: false }
    await expect(probe({ postgres }).read(testSession(SECRETS))).rejects.toThrow(/could not be held .*ECONNREFUSED/)
  })

  it('that runs out of time cleans up all the same', async () => {
    await expect(probe({ deadlineMs: 150 }).read(testSession(SECRETS))).rejects.toThrow(Unobserved)
    expect(await databasesLike({ admin: databases.admin }, 'drill_')).toEqual([])
  })
})
