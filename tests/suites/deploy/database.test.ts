import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Probe } from '../../../src/probe.ts'
import type { Target } from '../../../src/targets/target.ts'
import { catalogColumns, catalogConstraints, catalogIndexes, catalogTables } from '../../../suites/support/catalog.ts'
import { databaseSettings, openTransactions, ownRole } from '../../../suites/support/database.ts'
import { appliedMigrations } from '../../../suites/support/migrations.ts'
import { failureOf } from '../../support/failure.ts'
import { judge, testTarget } from '../../support/judging.ts'
import { postgresBinaries, startPostgres, type TestPostgres } from '../../support/postgres.ts'
import { testSession } from '../../support/session.ts'
import '../../../suites/deploy/database.test.ts'
import '../../../suites/deploy/release.test.ts'

const INIT = readFileSync('fixtures/database/init.sql', 'utf8')
const release = { services: {}, schemaVersion: '0001', reversible: [], restoreOnly: ['0001'] }

/** What each line reads, in the shape in which it declares it. */
const PROBES: Readonly<Record<string, (target: Target) => Probe<unknown> | Record<string, Probe<unknown>>>> = {
  'DEP-22': appliedMigrations,
  'DEP-23': appliedMigrations,
  'DEP-31': databaseSettings,
  'DEP-32': catalogTables,
  'DEP-33': ownRole,
  'DEP-34': catalogTables,
  'DEP-35': catalogColumns,
  'DEP-36': catalogConstraints,
  'DEP-37': catalogIndexes,
  'DEP-38': (target) => ({
    indexes: catalogIndexes(target),
    constraints: catalogConstraints(target),
    migrations: appliedMigrations(target),
  }),
  'DEP-39': catalogIndexes,
  'DEP-40': databaseSettings,
  'DEP-41': databaseSettings,
  'DEP-42': databaseSettings,
  'DEP-43': databaseSettings,
  'DEP-44': (target) => ({ open: openTransactions(target), settings: databaseSettings(target) }),
  'DEP-45': ownRole,
}

describe.skipIf(postgresBinaries === undefined)('lines on the database, at a real PostgreSQL with the reference schema', () => {
  let postgres: TestPostgres
  let target: Target

  beforeAll(async () => {
    postgres = await startPostgres()
    await postgres.admin("CREATE ROLE services LOGIN PASSWORD 'correct-horse-battery'; ALTER SCHEMA public OWNER TO services")
    await postgres.admin(`SET ROLE services; ${INIT}`)
    const base = testTarget()
    target = testTarget({
      postgres: { ...postgres.spec, user: 'services' },
      release,
      expect: { ...base.spec.expect, schema: 'fixtures/database/reference.yaml' },
    })
  })
  afterAll(() => postgres[Symbol.asyncDispose]())

  /** Reads what the line reads, each time anew, and judges it. */
  async function look(id: string, of = target): Promise<void> {
    const session = testSession({ 'postgres.password': postgres.password })
    try {
      const declared = PROBES[id]?.(of)
      if (declared === undefined) throw new Error(`no probes for ${id}`)
      const single = isProbe(declared)
      const named = single ? { only: declared } : declared
      const answers = await Promise.all(
        Object.entries(named).map(async ([name, probe]) => [name, (await probe.read(session)).value] as const),
      )
      const record = Object.fromEntries(answers)
      await judge(id, single ? record.only : record, { target: of })
    } finally {
      await session.close()
    }
  }

  it.each(Object.keys(PROBES))('%s passes', async (id) => {
    await look(id)
  })

  it.each([
    [
      'DEP-22',
      "INSERT INTO schema_migrations VALUES ('0002', 'x')",
      "DELETE FROM schema_migrations WHERE version = '0002'",
      /0002|0001/,
    ],
    [
      'DEP-23',
      "INSERT INTO schema_migrations VALUES ('0002', 'x')",
      "DELETE FROM schema_migrations WHERE version = '0002'",
      /0002/,
    ],
    [
      'DEP-32',
      'REVOKE INSERT ON hook_events FROM services',
      'GRANT INSERT ON hook_events TO services',
      /may not insert into hook_events/,
    ],
    ['DEP-33', 'ALTER ROLE services CREATEDB', 'ALTER ROLE services NOCREATEDB', /may create databases/],
    ['DEP-34', 'ALTER TABLE event_metrics RENAME TO elsewhere', 'ALTER TABLE elsewhere RENAME TO event_metrics', /event_metrics/],
    [
      'DEP-35',
      'ALTER TABLE hook_events RENAME payload TO body',
      'ALTER TABLE hook_events RENAME body TO payload',
      /hook_events\.payload is missing/,
    ],
    [
      'DEP-35',
      'ALTER TABLE hook_events ALTER retry_count TYPE bigint',
      'ALTER TABLE hook_events ALTER retry_count TYPE integer',
      /retry_count is bigint, expected integer/,
    ],
    [
      'DEP-35',
      'ALTER TABLE hook_events ALTER source DROP NOT NULL',
      'ALTER TABLE hook_events ALTER source SET NOT NULL',
      /source may be null/,
    ],
    [
      'DEP-36',
      'ALTER TABLE hook_events DROP CONSTRAINT hook_events_retry_count_check',
      'ALTER TABLE hook_events ADD CONSTRAINT hook_events_retry_count_check CHECK (retry_count >= 0)',
      /hook_events lacks CHECK/,
    ],
    [
      'DEP-36',
      'ALTER TABLE hook_events ADD CONSTRAINT later CHECK (retry_count < 99) NOT VALID',
      'ALTER TABLE hook_events DROP CONSTRAINT later',
      /later on hook_events is NOT VALID/,
    ],
    [
      'DEP-37',
      'DROP INDEX event_metrics_event_id',
      'CREATE INDEX event_metrics_event_id ON event_metrics (event_id)',
      /event_metrics lacks an index/,
    ],
    ['DEP-38', 'CREATE INDEX again ON hook_events (created_at)', 'DROP INDEX again', /hook_events_created_at|again/],
    [
      'DEP-39',
      "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'hook_events_created_at'::regclass",
      "UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'hook_events_created_at'::regclass",
      /hook_events_created_at on hook_events/,
    ],
    ['DEP-42', "ALTER ROLE services SET timezone TO 'Europe/Berlin'", 'ALTER ROLE services RESET timezone', /Europe\/Berlin/],
    ['DEP-43', 'ALTER ROLE services SET default_transaction_read_only TO on', 'ALTER ROLE services RESET ALL', /isReadOnly/],
    [
      'DEP-45',
      `ALTER ROLE services VALID UNTIL '${new Date(Date.now() + 3 * 86_400_000).toISOString()}'`,
      "ALTER ROLE services VALID UNTIL 'infinity'",
      /days until/,
    ],
  ])('%s fails after %s', async (id, fault, repair, problem) => {
    await postgres.admin(fault)
    try {
      expect(await failureOf(look(id))).toMatch(problem)
    } finally {
      await postgres.admin(repair)
    }
    await look(id)
  })

  it('makes the schema once: a second run fails and changes nothing', async () => {
    await expect(postgres.admin(INIT)).rejects.toThrow('already exists')
    for (const id of ['DEP-35', 'DEP-36', 'DEP-37', 'DEP-38']) await look(id)
  })

  it('passes on the description that every release has, too', async () => {
    const { expect: expected } = testTarget().spec
    expect(expected.schema).toBe('fixtures/database/schema.yaml')
    const common = testTarget({ postgres: target.part('postgres'), expect: expected })
    for (const id of ['DEP-31', 'DEP-34', 'DEP-35', 'DEP-36', 'DEP-37']) await look(id, common)
  })

  it('DEP-22 is unobserved where the database keeps no list of migrations', async () => {
    const { names } = testTarget().spec
    const other = testTarget({
      ...target.spec,
      names: { ...names, migrations: { table: 'no_such_list', column: 'version' } },
    })
    await expect(look('DEP-22', other)).rejects.toMatchObject({ name: 'Unobserved' })
  })
})

describe('lines on the database, on given answers', () => {
  const settings = {
    version: 150_018,
    encoding: 'UTF8',
    timeZone: 'Etc/UTC',
    isReadOnly: false,
    isStandby: false,
    maxConnections: 100,
    reserved: 3,
    sessions: 10,
  }

  it('DEP-30 passes on a login and fails on a refusal', async () => {
    await judge('DEP-30', { accepted: true })
    const refused = { accepted: false, code: '28P01', message: 'password authentication failed' }
    expect(await failureOf(judge('DEP-30', refused))).toMatch(/28P01/)
  })

  it.each([
    ['DEP-31', { version: 140_010 }, /140010/],
    ['DEP-40', { sessions: 90 }, /open sessions/],
    ['DEP-41', { encoding: 'SQL_ASCII' }, /SQL_ASCII/],
    ['DEP-43', { isStandby: true }, /isStandby/],
  ])('%s fails', async (id, changes, problem) => {
    await judge(id, settings)
    expect(await failureOf(judge(id, { ...settings, ...changes }))).toMatch(problem)
  })

  it('DEP-44 fails on a transaction that nobody ends', async () => {
    const open = (seconds: number) => [{ pid: 7, application: 'batch', state: 'idle in transaction', seconds }]
    await judge('DEP-44', { open: [...open(120), ...open(900)], settings })
    await failureOf(judge('DEP-44', { open: open(901), settings }))
    expect(await failureOf(judge('DEP-44', { open: open(3_600), settings }))).toMatch(
      /batch \(pid 7\), idle in transaction for 60 min/,
    )
  })

  it.each(['DEP-32', 'DEP-34', 'DEP-35', 'DEP-36', 'DEP-37', 'DEP-39'])('%s fails on an empty database', async (id) => {
    await failureOf(judge(id, []))
  })
})

function isProbe(declared: object): declared is Probe<unknown> {
  return 'read' in declared && typeof declared.read === 'function'
}
