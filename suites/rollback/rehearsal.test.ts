import { check } from '../../src/check.ts'
import { backupTime } from '../../src/procedures/manifest.ts'
import { rehearsedRestore, restoredOr } from '../support/rehearsed-restore.ts'

const MINUTE_MS = 60_000

check(
  'ROLL-20',
  'The newest backup restores into an empty database without a single error.',
  rehearsedRestore,
  ({ restored, failed, backups }, { expect, now }) => {
    const at =
      restored === null
        ? undefined
        : (backupTime(restored.name) ?? (restored.takenAt === null ? undefined : new Date(restored.takenAt)))
    const hours = at === undefined ? undefined : Math.round((now.getTime() - at.getTime()) / (60 * MINUTE_MS))
    const exposure =
      restored === null
        ? 'none of those tried could be restored'
        : `${restored.name} could be restored: the real exposure is ${hours ?? 'an unknown number of'} hours`
    expect(backups, 'backups that were found').toBeGreaterThan(0)
    expect(
      failed.map(({ name, problem }) => `${name}: ${problem}`),
      `newer backups that could not be restored; ${exposure}`,
    ).toEqual([])
    expect(restored?.name, 'a backup that was restored').toBeDefined()
  },
)

check(
  'ROLL-21',
  'What was restored equals the manifest of the backup: the schema’s hash, and the rows of every table.',
  rehearsedRestore,
  (report, { expect, unobserved }) => {
    const { name, hasManifest, schemaHash, tables } = restoredOr({ unobserved }, report)
    expect(hasManifest, `${name} has a manifest to compare with`).toBe(true)
    expect(schemaHash?.restored, 'schema hash').toBe(schemaHash?.manifest)
    expect(tables.length, 'tables in the manifest').toBeGreaterThan(0)
    const different = tables.filter((table) => table.restored !== table.manifest)
    expect(
      different.map((table) => `${table.name}: ${table.restored} rows instead of ${table.manifest}`),
      `tables of ${name} that differ`,
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
