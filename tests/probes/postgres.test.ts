import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Unobserved, Unreachable } from '../../src/outcome.ts'
import type { Reading } from '../../src/probe.ts'
import { sql, sqlAnswer } from '../../src/probes/postgres.ts'
import { login } from '../../src/probes/postgres-login.ts'
import type { PostgresSpec } from '../../src/targets/schema.ts'
import { postgresBinaries, startPostgres, type TestPostgres } from '../support/postgres.ts'
import { testSession } from '../support/session.ts'
import { silentServer } from '../support/silent.ts'

const one = { operation: 'SELECT 1', text: 'SELECT 1 AS n', row: z.strictObject({ n: z.int() }) }
const anything = z.record(z.string(), z.unknown())
const nowhere: PostgresSpec = {
  host: '127.0.0.1',
  port: 1,
  database: 'app',
  user: 'app',
  password: { env: 'UNUSED' },
  ssl: false,
}

describe.skipIf(postgresBinaries === undefined)('sql at a real PostgreSQL', () => {
  let postgres: TestPostgres
  let session: ReturnType<typeof testSession>

  beforeAll(async () => {
    postgres = await startPostgres()
    await postgres.admin(`CREATE TABLE hook (id int, note text); INSERT INTO hook VALUES (1, 'a'), (2, 'b');
      CREATE ROLE looker LOGIN PASSWORD 'correct-horse-battery'`)
    session = testSession({ 'postgres.password': postgres.password })
  })
  afterAll(async () => {
    await session.close()
    await postgres[Symbol.asyncDispose]()
  })

  const read = <Row>(options: Parameters<typeof sql<Row>>[1], spec = postgres.spec): Promise<Reading<Row[]>> =>
    sql(spec, options).read(session)
  const causeOf = async (reading: Promise<unknown>): Promise<Error> => {
    const error: unknown = await reading.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    if (error instanceof Error) return error
    throw new Error('expected a rejection')
  }

  it('reads rows, typed by their schema, with the literal answer beside them', async () => {
    const row = z.strictObject({ id: z.int(), note: z.string() })
    const reading = await read({ operation: 'SELECT hook', text: 'SELECT * FROM hook WHERE id > $1', values: [1], row })
    expect(reading.value).toEqual([{ id: 2, note: 'b' }])
    expect(reading.raw).toBe('1 row\n{"id":2,"note":"b"}')
  })

  it('names the run to the database, reads only, and leaves no transaction open', async () => {
    const text = `SELECT application_name AS name, current_setting('transaction_read_only') AS read_only FROM pg_stat_activity WHERE pid = pg_backend_pid()`
    expect((await read({ operation: 'SELECT session', text, row: anything })).value).toEqual([
      { name: 'runbook/test-run', read_only: 'on' },
    ])
    const open = await postgres.admin(
      `SELECT state FROM pg_stat_activity WHERE application_name LIKE 'runbook/%' AND state <> 'idle'`,
    )
    expect(open).toEqual([])
  })

  it.each([
    ['INSERT INTO hook VALUES (3)', '25006'],
    ['DROP TABLE hook', '25006'],
    ['CREATE TABLE other ()', '25006'],
    ['COPY hook FROM STDIN', '25006'],
    ['COMMIT; DROP TABLE hook', '42601'],
  ])('has the server refuse %s', async (text, code) => {
    expect((await causeOf(read({ operation: text, text, row: anything }))).message).toContain(`SQLSTATE ${code}`)
    expect(await postgres.admin('SELECT count(*)::int AS n FROM hook')).toEqual([{ n: 2 }])
    expect((await read(one)).value).toEqual([{ n: 1 }])
  })

  it('says which GRANT is missing where the role may not look', async () => {
    const error = await causeOf(
      read({ operation: 'SELECT hook', text: 'SELECT * FROM hook', row: anything }, { ...postgres.spec, user: 'looker' }),
    )
    expect(error).toBeInstanceOf(Unobserved)
    expect(error.message).toContain('GRANT SELECT ON hook TO "looker";')
  })

  it('hands a missing table to a judge as an answer, and to others as one cause', async () => {
    const missing = { operation: 'SELECT gone', text: 'SELECT * FROM gone', row: anything }
    expect((await sqlAnswer(postgres.spec, missing).read(session)).value).toMatchObject({ ok: false, code: '42P01' })
    const error = await causeOf(read(missing))
    expect(error).toBeInstanceOf(Unobserved)
    expect(error.message).toMatch(/relation "gone" does not exist \(SQLSTATE 42P01\)/)
  })

  it('has the server stop a statement that takes too long, and goes on with the next', async () => {
    const slow = { operation: 'SELECT pg_sleep', text: 'SELECT pg_sleep(20)::text', row: anything, deadlineMs: 200 }
    expect((await causeOf(read(slow))).message).toMatch(/57014|no answer within 200 ms/)
    expect((await read(one)).value).toEqual([{ n: 1 }])
  })

  it('is unobserved where rows have another shape or are too many', async () => {
    expect((await causeOf(read({ ...one, row: z.strictObject({ m: z.int() }) }))).message).toContain('rows of another shape')
    const many = { operation: 'SELECT many', text: 'SELECT * FROM generate_series(1, 20)', row: anything, maxRows: 10 }
    expect((await causeOf(read(many))).message).toContain('answered 20 rows, of which 10 at most')
  })

  it('shows a psql line that names the secret and holds none', () => {
    const { reproduce } = sql(postgres.spec, {
      ...one,
      text: 'SELECT * FROM hook\n WHERE note = $1 AND id = $2',
      values: ["it's", 7],
    }).access
    expect(reproduce).toContain('PGPASSWORD="$POSTGRES_PASSWORD" psql -h 127.0.0.1')
    expect(reproduce).toContain(`-c "SELECT * FROM hook WHERE note = 'it''s' AND id = 7"`)
    expect(reproduce).not.toContain(postgres.password)
  })

  it('tries a wrong password once, and does not knock again for each statement', async () => {
    const stranger = testSession({ 'postgres.password': 'wrong' })
    const first = await causeOf(sql(postgres.spec, one).read(stranger))
    const second = await causeOf(sql(postgres.spec, { ...one, text: 'SELECT 2 AS n' }).read(stranger))
    expect(first).toBeInstanceOf(Unobserved)
    expect(first).not.toBeInstanceOf(Unreachable)
    expect(first.message).toContain('28P01')
    expect(second).toBe(first)
    await stranger.close()
  })

  it('tells by login whether a password is in force', async () => {
    const right = login(postgres.spec, { password: { secret: 'postgres.password' } })
    const wrong = login(postgres.spec, { password: { wrong: 'not-the-password' } })
    expect((await right.read(session)).value).toEqual({ accepted: true })
    expect((await wrong.read(session)).value).toMatchObject({ accepted: false, code: '28P01' })
    expect([right.access.effect, wrong.access.effect]).toEqual(['read', 'synthetic-write'])
  })
})

describe('sql where no database answers', () => {
  const probes = [sql(nowhere, one), login(nowhere, { password: { secret: 'postgres.password' } })]

  it.each(probes)('is unreachable where the connection is refused ($kind)', async (probe) => {
    const session = testSession({ 'postgres.password': 'x' })
    await expect(probe.read(session)).rejects.toMatchObject({ name: 'Unreachable', refused: true })
    await session.close()
  })

  it('names the phase where the connection is taken and nothing is said', async () => {
    await using silent = await silentServer()
    const spec = { ...nowhere, port: silent.port }
    const session = testSession({ 'postgres.password': 'x' })
    const expected = { name: 'Unreachable', refused: true, message: expect.stringContaining('no answer began within 150 ms') }
    await expect(sql(spec, { ...one, deadlineMs: 150 }).read(session)).rejects.toMatchObject(expected)
    await expect(login(spec, { password: { wrong: 'x' }, deadlineMs: 150 }).read(session)).rejects.toMatchObject(expected)
    await session.close()
  })

  it('is unobserved where the target gives no password', async () => {
    await expect(sql(nowhere, one).read(testSession())).rejects.toThrow('no secret postgres.password')
  })
})
