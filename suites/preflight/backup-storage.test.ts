import { z } from 'zod'
import { check } from '../../src/check.ts'
import { promised } from '../../src/probe.ts'
import { hostFact } from '../../src/probes/host.ts'
import { sql } from '../../src/probes/postgres.ts'
import { modeProblem } from '../support/mode.ts'
import { notThere } from '../support/not-there.ts'
import { someBackups } from '../support/stored-backups.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** A dump that failed leaves an empty archive of a few dozen bytes. */
const LEAST_BYTES = 1_024

check(
  'PRE-101',
  'The backups lie on a mounted file system of their own, apart from the data that they are to save.',
  (target) => ({ backups: promised(hostFact(target, 'services', 'backups')), disks: hostFact(target, 'services', 'disks') }),
  ({ backups, disks }, { target, expect }) => {
    expect(backups.directory.type, backups.directory.path).toBe('directory')
    const data = disks.paths.filter(({ path }) => path.startsWith(`${target.spec.paths.application}/data`) || path === '/')
    expect(data.length, 'data paths that were measured').toBeGreaterThan(0)
    const shared = data.filter(({ mount }) => mount === backups.mount)
    expect(
      shared.map(({ path, mount }) => `${path} is on ${mount} as well`),
      'data on the file system of the backups',
    ).toEqual([])
  },
)

check(
  'PRE-102',
  'The backup file system has room for twice the database.',
  (target) => ({
    backups: hostFact(target, 'services', 'backups'),
    size: sql(target.part('postgres'), {
      operation: 'SELECT pg_database_size(current_database())',
      text: 'SELECT pg_database_size(current_database()) AS bytes',
      row: z.object({ bytes: z.coerce.number().positive() }),
    }),
  }),
  ({ backups, size }, { expect, atLeast, measure }) => {
    const times = atLeast('backup.freeTimesDatabase', 2, '× database size')
    const bytes = size[0]?.bytes ?? 0
    expect(bytes, 'size of the database in bytes').toBeGreaterThan(0)
    measure({ name: 'free space for backups', unit: 'B', value: backups.free, limit: times * bytes, sampleCount: 1, series: [] })
    expect(backups.free, `bytes free on ${backups.mount}`).toBeGreaterThanOrEqual(times * bytes)
  },
)

check(
  'PRE-103',
  'The newest backup is at most 26 hours old and is not empty.',
  (target) => hostFact(target, 'services', 'backups'),
  (backups, { expect, atMost, now }) => {
    const hours = atMost('backup.ageHours', 26, 'hours')
    const [newest] = someBackups(backups, expect)
    if (newest === undefined) return
    expect((now.getTime() - newest.at.getTime()) / HOUR_MS, `age in hours of ${newest.path}`).toBeLessThanOrEqual(hours)
    expect(newest.isDirectory || newest.size >= LEAST_BYTES, `${newest.path} (${newest.size} bytes) holds something`).toBe(true)
  },
)

check(
  'PRE-104',
  'There is a backup of each of the last 30 days, and none of them is an empty file.',
  (target) => hostFact(target, 'services', 'backups'),
  (backups, { target, expect, now, atLeast }) => {
    const days = atLeast('backup.days', target.spec.recovery.backupDays, 'days')
    const found = someBackups(backups, expect)
    // Today's may still be to come.
    const wanted = Array.from({ length: days }, (_, ago) => dayOf(new Date(now.getTime() - (ago + 1) * DAY_MS)))
    const there = new Set(found.map(({ at }) => dayOf(at)))
    expect(
      wanted.filter((day) => !there.has(day)),
      'days without a backup',
    ).toEqual([])
    const empty = found.filter(({ isDirectory, size }) => !isDirectory && size < LEAST_BYTES)
    expect(
      empty.map(({ path, size }) => `${path} has ${size} bytes`),
      'backups that hold nothing',
    ).toEqual([])
  },
)

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10)
}

check(
  'PRE-105',
  'Nobody but owner and group may read the backups, and nobody but the owner may change them.',
  (target) => hostFact(target, 'services', 'backups'),
  ({ directory, entries }, { target, expect, unobserved }) => {
    const problems = [directory, ...entries]
      .filter(({ type }) => type === 'file' || type === 'directory')
      .map((entry) => modeProblem(entry, 0o027))
    expect(
      problems.filter((problem) => problem !== undefined),
      'what others may do with the backups',
    ).toEqual([])
    if (entries.length === 0) {
      const state = 'holds no backup'
      unobserved(notThere(target, directory.path, { what: 'the directory of backups', setting: 'paths.backups', state }))
    }
  },
)
