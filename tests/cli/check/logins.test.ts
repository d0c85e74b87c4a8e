import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lookAtLogins } from '../../../src/cli/check/logins.ts'
import type { TargetSpec } from '../../../src/targets/schema.ts'
import { testTarget } from '../../support/judging.ts'
import { postgresBinaries, startPostgres, type TestPostgres } from '../../support/postgres.ts'
import { bulk, startRedis } from '../../support/redis.ts'

function specWith(change: Partial<TargetSpec>): TargetSpec {
  const { postgres, redis, kafka, ...rest } = testTarget().spec
  return { ...rest, ...change }
}

const look = (spec: TargetSpec, secrets: Record<string, string>, reached = ['postgres', 'redis']) =>
  lookAtLogins(spec, secrets, new Set(reached), AbortSignal.timeout(20_000))

describe.skipIf(postgresBinaries === undefined)('the login at PostgreSQL (needs the server of npm)', () => {
  let postgres: TestPostgres
  beforeAll(async () => {
    postgres = await startPostgres()
    await postgres.admin('CREATE ROLE "run-book" LOGIN PASSWORD \'correct-horse\'')
  })
  afterAll(() => postgres[Symbol.asyncDispose]())

  it('names the grant without which sessions of other roles stay hidden, and is content once it is there', async () => {
    const spec = specWith({ postgres: { ...postgres.spec, user: 'run-book' } })
    const secrets = { 'postgres.password': 'correct-horse' }
    expect(await look(spec, secrets)).toMatchObject([
      {
        part: 'postgres login',
        state: 'partly',
        todo: ['run as an administrator of the database: GRANT pg_read_all_stats TO "run-book";'],
      },
    ])
    await postgres.admin('GRANT pg_read_all_stats TO "run-book"')
    expect(await look(spec, secrets)).toMatchObject([{ state: 'reached', detail: 'let in as run-book', todo: [] }])
  })

  it('tells that a password is wrong', async () => {
    const spec = specWith({ postgres: postgres.spec })
    expect(await look(spec, { 'postgres.password': 'wrong' })).toMatchObject([
      { state: 'unreachable', detail: expect.stringContaining('password authentication failed') },
    ])
  })
})

describe('the login at Redis', () => {
  it('tells who was let in, and what was refused', async () => {
    await using server = await startRedis({ 'INFO server': bulk('redis_version:7.2.4\r\n') }, 'secret')
    const spec = specWith({ redis: { host: '127.0.0.1', port: server.port, password: { env: 'UNUSED' } } })
    expect(await look(spec, { 'redis.password': 'secret' })).toMatchObject([
      { part: 'redis login', state: 'reached', detail: 'let in as the default user' },
    ])
    expect(await look(spec, { 'redis.password': 'other' })).toMatchObject([
      { state: 'unreachable', todo: ['correct redis.password in the target file'] },
    ])
  })

  it('is left out where nothing was reached, or no secret was found', async () => {
    const spec = specWith({ redis: { host: '127.0.0.1', port: 1, password: { env: 'UNUSED' } } })
    expect(await look(spec, { 'redis.password': 'secret' }, [])).toEqual([])
    expect(await look(spec, {})).toEqual([])
  })
})
