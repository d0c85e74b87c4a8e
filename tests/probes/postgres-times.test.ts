import { describe, expect, it } from 'vitest'
import { Unobserved, Unreachable } from '../../src/outcome.ts'
import { sqlTimes } from '../../src/probes/postgres-times.ts'
import { postgresBinaries, startPostgres } from '../support/postgres.ts'
import { testSession } from '../support/session.ts'
import { silentServer } from '../support/silent.ts'

const NOBODY_LISTENS = { host: '127.0.0.1', port: 1, database: 'x', user: 'x', password: { env: 'UNUSED' }, ssl: false }

describe('sqlTimes without a database', () => {
  it('is unreachable where the connection is refused', async () => {
    const probe = sqlTimes(NOBODY_LISTENS, { text: 'SELECT 1', samples: 3 })
    const failure = await probe.read(testSession({ 'postgres.password': 'x' })).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(Unreachable)
    expect(failure).toMatchObject({ refused: true })
    expect(probe.access.reproduce).toContain('PGPASSWORD="$POSTGRES_PASSWORD" pgbench')
  })
})

it('says that nothing answered where nobody speaks', async () => {
  await using silent = await silentServer()
  const spec = { ...NOBODY_LISTENS, port: silent.port }
  const session = testSession({ 'postgres.password': 'x' }, { signal: AbortSignal.timeout(10_000) })
  const failure = await sqlTimes(spec, { text: 'SELECT 1', samples: 3, deadlineMs: 300 })
    .read(session)
    .catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(Unreachable)
  expect(String(failure)).toContain('nothing answered the attempt to connect within 300 ms')
  await session.close()
})

describe.skipIf(postgresBinaries === undefined)('sqlTimes (needs the PostgreSQL that npm has for this platform)', () => {
  it('times each statement, and says what the server refused', async () => {
    await using database = await startPostgres()
    const session = testSession({ 'postgres.password': database.password })
    const { value } = await sqlTimes(database.spec, { text: 'SELECT 1', samples: 25 }).read(session)
    expect(value.value).toHaveLength(25)
    expect(Math.min(...value.value)).toBeGreaterThan(0)
    expect(value.observerDelay.max).toBeGreaterThanOrEqual(0)
    const slow = await sqlTimes(database.spec, { text: 'SELECT pg_sleep(0.05)', samples: 2 }).read(session)
    expect(Math.min(...slow.value.value)).toBeGreaterThanOrEqual(49)

    const refused = sqlTimes(database.spec, { text: 'SELECT * FROM nowhere', samples: 2 }).read(session)
    await expect(refused).rejects.toThrow(Unobserved)
    const writing = sqlTimes(database.spec, { text: 'CREATE TABLE t ()', samples: 1 }).read(session)
    await expect(writing).rejects.toThrow(/read-only/)
    const hanging = sqlTimes(database.spec, { text: 'SELECT pg_sleep(9)', samples: 1, deadlineMs: 300 }).read(session)
    await expect(hanging).rejects.toThrow(Unobserved)
    await session.close()
  })
})
