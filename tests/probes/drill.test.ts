import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Unobserved } from '../../src/outcome.ts'
import { drill } from '../../src/probes/drill.ts'
import { quoted } from '../../src/procedures/database.ts'
import { databasesLike } from '../../src/procedures/database-swap.ts'
import { loadTarget } from '../../src/targets/load.ts'
import { groundInProcess } from '../../suites/support/drill-in-process.ts'
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

  const probe = ({ port = databases.admin.port, deadlineMs }: { port?: number; deadlineMs?: number } = {}) => {
    const { host, user } = databases.admin
    return drill({
      name: 'corrupting-migration',
      system: 'postgres',
      address: `${host}:${port}`,
      makes: ['databases'],
      target: 'embedded',
      ...(deadlineMs === undefined ? {} : { deadlineMs }),
      async ground(session) {
        const admin = { host, port, user, password: session.secret('postgres.adminPassword'), database: 'postgres' }
        const application = { host, port, user: 'bridge', password: session.secret('postgres.password') }
        return groundInProcess({ spec: loadTarget('embedded'), admin, application })
      },
    })
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
    await expect(probe({ port: 1 }).read(testSession(SECRETS))).rejects.toThrow(/could not be held .*ECONNREFUSED/)
  })

  it('that runs out of time cleans up all the same', async () => {
    await expect(probe({ deadlineMs: 150 }).read(testSession(SECRETS))).rejects.toThrow(Unobserved)
    expect(await databasesLike({ admin: databases.admin }, 'drill_')).toEqual([])
  })
})
