import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Unobserved } from '../../src/outcome.ts'
import type { Probe } from '../../src/probe.ts'
import { takeBackup } from '../../src/procedures/backup.ts'
import { copyDump } from '../../src/procedures/copy-dump.ts'
import type { DatabaseConnection } from '../../src/procedures/database.ts'
import type { Manifest } from '../../src/procedures/manifest.ts'
import { renderHtml } from '../../src/report/html/page.ts'
import { renderMarkdown } from '../../src/report/markdown.ts'
import { type RollbackLoss, rollbackLossSchema } from '../../src/report/rollback-loss.ts'
import { lossLines, lossSentence } from '../../src/report/rollback-loss-words.ts'
import type { Ask } from '../../src/standing/ask.ts'
import { lossAccesses, readRollbackLoss } from '../../src/standing/loss.ts'
import type { TargetSpec } from '../../src/targets/schema.ts'
import { testTarget } from '../support/judging.ts'
import { postgresBinaries } from '../support/postgres.ts'
import { type ProcedureDatabases, procedureDatabases, run } from '../support/procedure-database.ts'
import { sampleReport } from '../support/sample-report.ts'
import { testSession } from '../support/session.ts'

const schema = await readFile('tests/procedures/schema.sql', 'utf8')
const MANIFEST = '/opt/app/backups/20260102_030405/manifest.json'
const KAFKA: NonNullable<Manifest['kafka']> = {
  topics: [
    { name: 'events.v1', partition: 0, offset: 100 },
    { name: 'events.v1', partition: 1, offset: 40 },
    { name: 'gone.v1', partition: 0, offset: 3 },
    { name: 'reset.v1', partition: 0, offset: 50 },
  ],
}
const ENDS = [
  { topic: 'events.v1', partition: 0, end: 130 },
  { topic: 'events.v1', partition: 1, end: 40 },
  { topic: 'new.v1', partition: 0, end: 7 },
  { topic: 'reset.v1', partition: 0, end: 5 },
]

describe.skipIf(postgresBinaries === undefined)('what rolling back now would lose', () => {
  let databases: ProcedureDatabases
  beforeAll(async () => {
    databases = await procedureDatabases()
  })
  afterAll(async () => databases?.[Symbol.asyncDispose]())

  let taken = 0
  async function backedUp(): Promise<{ database: DatabaseConnection; manifest: Manifest }> {
    const database = await databases.fresh(schema)
    await run(database, "UPDATE hook SET created_at = '2026-01-01'; UPDATE schema_migrations SET applied_at = '2026-01-01'")
    const envFile = path.join(databases.directory, '.env')
    await writeFile(envFile, 'A=b\n')
    taken += 1
    const { manifest } = await takeBackup({
      backups: path.join(databases.directory, 'backups'),
      database,
      configuration: [{ source: envFile, original: '/opt/app/.env' }],
      images: { receiver: `sha256:${'a'.repeat(64)}` },
      at: new Date(Date.UTC(2026, 0, 2, 3, 4, taken)),
      dump: copyDump(),
    })
    return { database, manifest: { ...manifest, kafka: KAFKA, redis: { path: 'redis.rdb', keys: 12 } } }
  }

  interface Live {
    readonly database: DatabaseConnection
    readonly manifest: Manifest | string
    /** What is wrong with a system, by its name in an access. */
    readonly broken?: string
    readonly release?: TargetSpec['release']
  }

  async function lossOf({ database, manifest, broken, release }: Live): Promise<RollbackLoss> {
    const session = testSession({ 'postgres.password': database.password, 'redis.password': '' })
    const { host, port, user } = database
    const target = testTarget({
      postgres: { host, port, user, database: database.database, password: { env: 'NONE' }, ssl: false },
      ...(release === undefined ? {} : { release }),
    })
    const text = typeof manifest === 'string' ? manifest : JSON.stringify(manifest)
    const canned: Readonly<Record<string, unknown>> = {
      host: { directory: { path: '/opt/app/backups' }, newestManifest: { path: text === '' ? '' : MANIFEST, text } },
      kafka: ENDS,
      redis: 15,
    }
    const ask: Ask = async <T>(probe: Probe<T>): Promise<T> => {
      const { system } = probe.access
      if (system === broken) throw new Unobserved({ id: system, text: `${system} gave no answer` })
      return system in canned ? (canned[system] as T) : (await probe.read(session)).value
    }
    try {
      return rollbackLossSchema.parse(await readRollbackLoss(target, ask, new Date('2026-11-24T12:00:00Z')))
    } finally {
      await session.close()
    }
  }

  const tableOf = (loss: RollbackLoss, name: string) => loss.tables.find(({ table }) => table === name)

  it('is nothing right after the backup, but for the events', async () => {
    const loss = await lossOf(await backedUp())
    expect(loss.tables.filter(({ lost, back }) => lost !== 0 || back !== 0)).toEqual([])
    expect(loss.schema).toMatchObject({ state: 'same', vanishing: [] })
    expect(lossSentence(loss)).toContain('would lose nothing that was counted')
    expect(loss.unknown).toEqual([])
  })

  it('counts rows by when they were made, so that deleted ones do not hide new ones', async () => {
    const { database, manifest } = await backedUp()
    await run(database, 'DELETE FROM hook WHERE id IN (SELECT id FROM hook ORDER BY id LIMIT 10)')
    await run(database, "INSERT INTO hook (owner_id, source) SELECT 100, 'new' FROM generate_series(1, 4)")
    const loss = await lossOf({ database, manifest })
    expect(tableOf(loss, 'hook')).toMatchObject({ was: 50, now: 44, lost: 4, back: 10, note: '' })
    expect(lossSentence(loss)).toMatch(
      /would lose 4 rows in 1 table; 37 events would stay in Kafka .*; 10 rows deleted since would be back\./,
    )
  })

  it('names tables and columns that would vanish, with their rows', async () => {
    const { database, manifest } = await backedUp()
    await run(
      database,
      'ALTER TABLE hook ADD COLUMN colour text; CREATE TABLE later (id int); INSERT INTO later VALUES (1), (2); DROP TABLE nothing',
    )
    const loss = await lossOf({ database, manifest })
    expect(loss.schema).toMatchObject({
      state: 'changed',
      vanishing: ['column colour of hook (50 rows)', 'table later (2 rows)'],
    })
    expect(loss.schema.wayBack).toContain('nobody said whether it can be taken back')
    expect(tableOf(loss, 'later')).toMatchObject({ was: null, now: 2, lost: 2 })
    expect(tableOf(loss, 'nothing')).toMatchObject({ now: null, note: 'it is not there any more' })
  })

  it.each([
    [{ reversible: [], restoreOnly: ['0003'] }, '0003 cannot be taken back: only the restore goes back'],
    [{ reversible: ['0003'], restoreOnly: [] }, '0003 can be taken back, without a restore'],
    [{ reversible: ['0001'], restoreOnly: ['0009'] }, 'nobody said whether it can be taken back'],
  ])('asks the release whether the schema can go back: %j', async (declared, words) => {
    const { database, manifest } = await backedUp()
    await run(database, "INSERT INTO schema_migrations (version) VALUES ('0003'); ALTER TABLE hook ADD COLUMN colour text")
    const loss = await lossOf({ database, manifest, release: { services: {}, ...declared } })
    expect(loss.schema).toMatchObject({ now: '0003' })
    expect(loss.schema.wayBack).toContain(words)
  })

  it('says of a table without a time that its number may be too small', async () => {
    const { database, manifest } = await backedUp()
    await run(database, "INSERT INTO owner (name) VALUES ('one more')")
    const loss = await lossOf({ database, manifest })
    expect(tableOf(loss, 'owner')).toMatchObject({
      lost: 1,
      note: expect.stringContaining('no column tells when a row was made'),
    })
  })

  it('counts the events of each topic since, and names topics that are gone or were made again', async () => {
    const { topics, keys } = await lossOf(await backedUp())
    expect(topics).toEqual([
      { topic: 'events.v1', events: 30, note: '' },
      { topic: 'gone.v1', events: 0, note: 'it is not there any more' },
      { topic: 'new.v1', events: 7, note: '' },
      { topic: 'reset.v1', events: 0, note: 'it was deleted and made again since the backup, so not all can be counted' },
    ])
    expect(keys).toEqual({ was: 12, now: 15 })
  })

  it.each(['postgres', 'kafka', 'redis', 'host'])('tells what it could not see: %s', async (broken) => {
    const loss = await lossOf({ ...(await backedUp()), broken })
    expect(loss.unknown).toEqual([`${broken} gave no answer`])
    expect(lossSentence(loss)).toMatch(broken === 'host' ? /is not known: host gave no answer/ : /1 thing could not be looked at/)
  })

  it.each([
    ['', 'has no manifest'],
    ['{"format": "other"}', 'is not one of runbook-backup@1'],
    ['not json', 'is no JSON'],
  ])('without a manifest it says so: %j', async (manifest, why) => {
    const { database } = await backedUp()
    const loss = await lossOf({ database, manifest })
    expect(loss).toMatchObject({ backup: null, tables: [], unknown: [expect.stringContaining(why)] })
  })

  it('reads a table that nobody may read as not known, and the others all the same', async () => {
    const { database, manifest } = await backedUp()
    await run(
      database,
      `CREATE ROLE reader_${taken} LOGIN PASSWORD 'p'; GRANT SELECT ON owner, nothing, schema_migrations TO reader_${taken}`,
    )
    const loss = await lossOf({ database: { ...database, user: `reader_${taken}`, password: 'p' }, manifest })
    expect(tableOf(loss, 'hook')).toMatchObject({ now: null, lost: null, note: expect.stringContaining('permission denied') })
    expect(tableOf(loss, 'owner')).toMatchObject({ lost: 0 })
  })

  it('is told in the head of a printed rollback, in summary.md and in index.html', async () => {
    const { database, manifest } = await backedUp()
    await run(database, 'ALTER TABLE hook ADD COLUMN colour text; CREATE TABLE later (id int)')
    const rollbackLoss = await lossOf({ database, manifest })
    const report = sampleReport((sample) => ({ ...sample, rollbackLoss }))
    const lines = lossLines(rollbackLoss)
    expect(lines[0]).toMatch(/^Rolling back now to the backup of .* UTC would lose/)
    expect(lines).toContain('would vanish: column colour of hook (50 rows)')
    expect(lines).toContain('topic events.v1: 30 events since')
    expect(renderMarkdown(report)).toContain('## If you roll back now')
    expect(renderHtml(report)).toContain('<section id="rollback-loss"')
  })
})

it('declares all that it reads, and reads only', () => {
  const accesses = lossAccesses(testTarget())
  expect(accesses.map(({ system, effect }) => `${system} ${effect}`)).toEqual([
    'host read',
    'postgres read',
    'postgres read',
    'kafka read',
    'redis read',
  ])
})
