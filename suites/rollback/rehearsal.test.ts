import { check, type Judging } from '../../src/check.ts'
import type { RehearsalReport } from '../../src/rehearsal/model.ts'
import { exposureOf, rehearsedRestore, restoredOr } from '../support/rehearsed-restore.ts'

const MINUTE_MS = 60_000

type Failed = RehearsalReport['failed'][number]

check(
  'ROLL-20',
  'The newest backup restores into an empty database without a single error.',
  rehearsedRestore,
  (report, { target, expect, unobserved, measure, rehearsed, now }) => {
    const { restored, failed, backups, left, source, server, at } = report
    rehearsed({
      at,
      real: target.kind === 'live',
      backup: restored?.name ?? null,
      takenAt: restored?.takenAt ?? null,
      source,
      host: server,
      ms: restored?.ms ?? 0,
      bytes: restored?.bytes ?? 0,
      broken: failed.map(({ name }) => name),
    })
    const { hours, words } = exposureOf(report, now)
    if (hours !== undefined)
      measure({ name: 'rollback.exposure', unit: 'hours', value: hours, limit: null, sampleCount: 1, series: [] })
    expect(left, 'what is left of the disposable server').toEqual([])
    expect(backups, 'backups that were found').toBeGreaterThan(0)
    const broken = failed.filter(({ flaw, unseen }) => !unseen && flaw !== 'differs')
    expect(broken.map(told), `newer backups that do not come back; ${words}`).toEqual([])
    requireSeen(failed, words, unobserved)
    expect(restored?.name ?? failed[0]?.name, 'a backup that was restored').toBeDefined()
  },
)

check(
  'ROLL-21',
  'What was restored is what was backed up: schema and rows of every table are those of the manifest or, without one, the live rows that were made until then are all there.',
  rehearsedRestore,
  (report, { expect, unobserved, now }) => {
    const { failed } = report
    const different = failed.filter(({ flaw }) => flaw === 'differs')
    expect(different.map(told), `backups that hold something else than they should; ${exposureOf(report, now).words}`).toEqual([])
    const { name, comparedWith, tables } = restoredOr({ unobserved }, report)
    if (comparedWith === 'nothing')
      unobserved({
        id: 'rehearsal:nothing-to-compare',
        text: `${name} has no manifest, and the live database cannot be compared with: ${report.liveProblem || 'nothing tells when the backup was taken'}; take backups with this runbook’s procedure`,
      })
    expect(tables.length, 'tables that were compared').toBeGreaterThan(0)
    const fewer = tables.filter(({ expected, restored }) => expected !== null && (restored ?? -1) < expected)
    expect(
      fewer.map((table) => `${table.name}: ${table.restored ?? 'no'} rows instead of ${table.expected}`),
      `tables of ${name} that lack rows`,
    ).toEqual([])
  },
)

check(
  'ROLL-22',
  'The application’s own queries answer on the restored database.',
  rehearsedRestore,
  (report, { expect, unobserved }) => {
    const { queries } = restoredOr({ unobserved }, report)
    expect(queries.length, 'queries that were asked').toBeGreaterThan(0)
    const refused = queries.filter(({ problem }) => problem !== '')
    expect(
      refused.map(({ name, problem }) => `${name}: ${problem}`),
      'queries that gave no answer',
    ).toEqual([])
  },
)

check(
  'ROLL-23',
  'Restoring the newest backup takes less than half of the recovery time objective of 15 minutes.',
  rehearsedRestore,
  (report, { target, expect, unobserved, atMost, measure }) => {
    const { ms } = restoredOr({ unobserved }, report)
    const most = atMost('rollback.restore', target.spec.recovery.rtoMinutes / 2, 'minutes')
    measure({ name: 'rollback.restore', unit: 'ms', value: ms, limit: most * MINUTE_MS, sampleCount: 1, series: [] })
    expect(ms / MINUTE_MS, 'minutes to check, restore, compare and ask').toBeLessThanOrEqual(most)
  },
)

check(
  'ROLL-24',
  'The newest backup that restores has the schema that the live database has now.',
  rehearsedRestore,
  (report, { expect, unobserved }) => {
    const { name, schemaHash } = restoredOr({ unobserved }, report)
    if (schemaHash.live === null)
      unobserved({
        id: 'rehearsal:no-live-schema',
        text: `the schema of the live database could not be read: ${report.liveProblem}`,
      })
    expect(schemaHash.restored, `hash of the schema of ${name}, beside that of the live database`).toBe(schemaHash.live)
  },
)

function told({ name, flaw, problem, next }: Failed): string {
  return `${name} (${flaw}): ${problem}. Next: ${next}`
}

/** A backup that we could not look at is no broken one, and no good one either. */
function requireSeen(failed: readonly Failed[], words: string, unobserved: Judging['unobserved']): void {
  const [unseen] = failed.filter((one) => one.unseen)
  if (unseen !== undefined) unobserved({ id: `rehearsal:${unseen.flaw}`, text: `${told(unseen)}; ${words}` })
}
