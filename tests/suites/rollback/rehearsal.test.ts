import { describe, expect, it } from 'vitest'
import { Unobserved } from '../../../src/outcome.ts'
import type { RehearsalReport, RestoredBackup } from '../../../src/procedures/rehearsal.ts'
import { failureOf } from '../../support/failure.ts'
import { judge, testTarget } from '../../support/judging.ts'
import '../../../suites/rollback/rehearsal.test.ts'

const NOW = new Date('2026-01-02T12:00:00Z')

const target = testTarget({ kind: 'embedded' })

const restored: RestoredBackup = {
  name: '20260102_020000',
  takenAt: '2026-01-02T02:00:00.000Z',
  hasManifest: true,
  serverVersion: 150_018,
  schemaHash: { manifest: 'a', restored: 'a' },
  tables: [{ name: 'hook_events', manifest: 3, restored: 3 }],
  queries: [{ name: 'the latest hooks', rows: 3, problem: '', ms: 1 }],
  ms: 90,
}
const good: RehearsalReport = { failed: [], restored, backups: 30 }
const nothing: RehearsalReport = { failed: [{ name: '20260102_020000', problem: 'truncated' }], restored: null, backups: 1 }
const but = (more: Partial<RestoredBackup>): RehearsalReport => ({ ...good, restored: { ...restored, ...more } })

const BAD: Readonly<Record<string, readonly (readonly [RehearsalReport, RegExp])[]>> = {
  'ROLL-20': [
    [nothing, /truncated/],
    [{ failed: [], restored: null, backups: 0 }, /backups that were found/],
    [{ ...good, failed: [{ name: '20260102_080000', problem: 'altered' }] }, /real exposure is 10 hours/],
  ],
  'ROLL-21': [
    [but({ hasManifest: false, schemaHash: null, tables: [] }), /has a manifest/],
    [but({ schemaHash: { manifest: 'a', restored: 'b' } }), /schema hash/],
    [but({ tables: [] }), /tables in the manifest/],
    [but({ tables: [{ name: 'hook_events', manifest: 3, restored: 2 }] }), /2 rows instead of 3/],
  ],
  'ROLL-22': [
    [but({ queries: [] }), /queries that were asked/],
    [but({ queries: [{ name: 'the latest hooks', rows: null, problem: 'no such column', ms: 1 }] }), /no such column/],
  ],
  'ROLL-23': [[but({ ms: 8 * 60_000 }), /minutes to check/]],
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

it.each(['ROLL-21', 'ROLL-22', 'ROLL-23'])(
  '%s is unobserved where nothing could be restored: ROLL-20 fails on that',
  async (id) => {
    await expect(judge(id, nothing, { now: NOW, target })).rejects.toThrow(Unobserved)
  },
)

it('is not rehearsed on the server of a live target', async () => {
  await expect(judge('ROLL-20', good)).rejects.toThrow(/target every-part is live/)
})
