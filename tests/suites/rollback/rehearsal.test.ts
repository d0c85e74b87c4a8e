import { describe, expect, it } from 'vitest'
import { Unobserved } from '../../../src/outcome.ts'
import type { FailedBackup } from '../../../src/rehearsal/flaw.ts'
import type { RehearsalReport, RestoredBackup } from '../../../src/rehearsal/model.ts'
import { failureOf } from '../../support/failure.ts'
import { judge, testTarget } from '../../support/judging.ts'
import '../../../suites/rollback/rehearsal.test.ts'

const NOW = new Date('2026-01-02T12:00:00Z')

const target = testTarget({ kind: 'embedded' })

const restored: RestoredBackup = {
  name: '20260102_020000',
  takenAt: '2026-01-02T02:00:00.000Z',
  serverVersion: 150_018,
  comparedWith: 'manifest',
  until: null,
  schemaHash: { restored: 'a', manifest: 'a', live: 'a' },
  tables: [{ name: 'hook_events', expected: 3, restored: 3 }],
  queries: [{ name: 'the latest hooks', rows: 3, problem: '', ms: 1 }],
  bytes: 1_000,
  ms: 90,
  loadMs: 80,
}
const good: RehearsalReport = {
  failed: [],
  restored,
  backups: 30,
  source: 'local:/opt/backups',
  server: 'ci, PostgreSQL 15.18 of the run’s own',
  destroyed: ['all of it is gone'],
  left: [],
  liveProblem: '',
  at: '2026-01-02T12:00:01.000Z',
}
const broken = (more: Partial<FailedBackup> = {}): FailedBackup => ({
  name: '20260102_080000',
  flaw: 'truncated',
  problem: 'it breaks off',
  next: 'look at the disk',
  unseen: false,
  ...more,
})
const nothing: RehearsalReport = { ...good, failed: [broken()], restored: null, backups: 1 }
const but = (more: Partial<RestoredBackup>): RehearsalReport => ({ ...good, restored: { ...restored, ...more } })
const behind = (...failed: FailedBackup[]): RehearsalReport => ({ ...good, failed })

const BAD: Readonly<Record<string, readonly (readonly [RehearsalReport, RegExp])[]>> = {
  'ROLL-20': [
    [nothing, /would lose everything/],
    [nothing, /20260102_080000 \(truncated\): it breaks off\. Next: look at the disk/],
    [{ ...good, restored: null, backups: 0 }, /backups that were found/],
    [behind(broken()), /20260102_020000 came back: losing the database now would lose 10 hours/],
    [{ ...behind(broken()), restored: { ...restored, takenAt: null } }, /when it was taken, nothing tells/],
    [{ ...good, left: ['the server’s process 7'] }, /left of the disposable server/],
    [behind(broken({ flaw: 'encrypted', unseen: true }), broken({ name: 'older' })), /older \(truncated\)/],
  ],
  'ROLL-21': [
    [behind(broken({ flaw: 'differs', problem: 'hook has 2 rows instead of 3' })), /2 rows instead of 3/],
    [but({ tables: [] }), /tables that were compared/],
    [but({ tables: [{ name: 'hook_events', expected: 3, restored: 2 }] }), /2 rows instead of 3/],
    [but({ tables: [{ name: 'hook_events', expected: 0, restored: null }] }), /no rows instead of 0/],
  ],
  'ROLL-22': [
    [but({ queries: [] }), /queries that were asked/],
    [but({ queries: [{ name: 'the latest hooks', rows: null, problem: 'no such column', ms: 1 }] }), /no such column/],
  ],
  'ROLL-23': [[but({ ms: 8 * 60_000 }), /minutes to check/]],
  'ROLL-24': [[but({ schemaHash: { restored: 'b', manifest: 'b', live: 'a' } }), /beside that of the live database/]],
}

describe.each(Object.entries(BAD))('%s', (id, cases) => {
  it('passes on a backup that restores as it should', async () => {
    await judge(id, good, { now: NOW, target })
  })

  it.each(cases.map(([report, message]) => [message.source, report, message] as const))(
    'fails: %s',
    async (_text, report, message) => {
      expect(await failureOf(judge(id, report, { now: NOW, target }))).toMatch(message)
    },
  )
})

it.each<[string, RehearsalReport, RegExp]>([
  ...['ROLL-21', 'ROLL-22', 'ROLL-23', 'ROLL-24'].map((id): [string, RehearsalReport, RegExp] => [id, nothing, /see ROLL-20/]),
  ['ROLL-20', behind(broken({ flaw: 'encrypted', unseen: true })), /\(encrypted\): .*came back/],
  ['ROLL-21', but({ comparedWith: 'nothing' }), /has no manifest/],
  ['ROLL-24', { ...but({ schemaHash: { restored: 'a', manifest: 'a', live: null } }), liveProblem: 'it is down' }, /it is down/],
])('%s is unobserved where it could not be looked', async (id, report, message) => {
  const looked = judge(id, report, { now: NOW, target })
  await expect(looked).rejects.toThrow(Unobserved)
  await expect(looked).rejects.toThrow(message)
})

it('passes ROLL-20 on a backup that restores and holds something else, which ROLL-21 tells', async () => {
  await judge('ROLL-20', behind(broken({ flaw: 'differs' })), { now: NOW, target })
})

it('keeps for later reports that a backup came back, whether it was a real one, and how old it was', async () => {
  const { rehearsals, measurements } = await judge('ROLL-20', good, { now: NOW, target: testTarget() })
  expect(rehearsals).toEqual([
    {
      at: good.at,
      real: true,
      backup: restored.name,
      takenAt: restored.takenAt,
      source: good.source,
      host: good.server,
      ms: 90,
      bytes: 1_000,
      broken: [],
    },
  ])
  expect(measurements).toMatchObject([{ name: 'rollback.exposure', unit: 'hours', value: 10 }])
  expect((await judge('ROLL-20', behind(broken({ flaw: 'differs' })), { now: NOW, target })).rehearsals).toMatchObject([
    { real: false, broken: ['20260102_080000'] },
  ])
})
