import { z } from 'zod'
import { chain, check } from '../../src/check.ts'
import { NotApplicable } from '../../src/outcome.ts'
import { images } from '../../src/probes/docker.ts'
import { hostFact } from '../../src/probes/host.ts'
import { sql } from '../../src/probes/postgres.ts'
import { parseManifest, UnusableBackup } from '../../src/procedures/manifest.ts'
import { deployLogEnd, loggedDeploy } from '../support/last-deploy.ts'
import { newestBackup } from '../support/newest-backup.ts'
import { someBackups } from '../support/stored-backups.ts'
import { writtenBetween } from '../support/written-between.ts'

const MINUTE_MS = 60_000

check(
  'ROLL-01',
  'The newest backup has a manifest that this runbook can read.',
  (target) => hostFact(target, 'services', 'backups'),
  (backups, { expect }) => {
    const [newest] = someBackups(backups, expect)
    const { path, text } = backups.newestManifest
    expect(text, `manifest of ${newest?.path}`).not.toBe('')
    expect(mistakesOf(text, path), `mistakes in ${path}`).toBe('')
  },
)

function mistakesOf(text: string, path: string): string {
  try {
    parseManifest(text, path)
    return ''
  } catch (error) {
    if (error instanceof UnusableBackup) return error.message
    throw error
  }
}

chain(
  'ROLL-02',
  'The pre-change backup holds every hook that was stored before the last deploy began.',
  (target) => ({
    backups: hostFact(target, 'services', 'backups'),
    log: deployLogEnd(target),
    written: writtenBetween(target.part('postgres')),
  }),
  async ({ backups, log, written }, judging) => {
    const { observe, expect } = judging
    const found = someBackups(await observe(backups), expect)
    const { startedAt, lines } = loggedDeploy(await observe(log), judging)
    const endedAt = lines.at(-1)?.at ?? startedAt
    const preChange = found.find(({ at }) => at <= endedAt)
    expect(preChange?.path, `a backup from before the end of the deploy of ${startedAt.toISOString()}`).toBeDefined()
    if (preChange === undefined) return
    const period = { after: preChange.at.toISOString(), until: startedAt.toISOString() }
    const [between] = await observe(written.with(period))
    expect(between?.rows, `hooks stored after ${preChange.path} and before the deploy began at ${period.until}`).toBe(0)
  },
)

check(
  'ROLL-03',
  'The newest recoverable point, a backup or archived WAL, is no older than the recovery point objective of 5 minutes.',
  (target) => ({
    backups: hostFact(target, 'services', 'backups'),
    archive: sql(target.part('postgres'), {
      operation: 'SELECT archive_mode and what pg_stat_archiver says',
      text: "SELECT current_setting('archive_mode') AS mode, last_archived_time AS archived, last_failed_time AS failed FROM pg_stat_archiver",
      row: z.object({ mode: z.string(), archived: z.date().nullable(), failed: z.date().nullable() }),
    }),
  }),
  ({ backups, archive }, { target, expect, atMost, measure, now }) => {
    const most = atMost('rollback.recoveryPoint', target.spec.recovery.rpoMinutes, 'minutes')
    const newest = someBackups(backups, expect)[0]?.at
    const [wal] = archive
    const archived = wal?.mode === 'off' || wal?.archived === null ? undefined : wal?.archived
    const points = [newest, archived].flatMap((at) => (at === undefined ? [] : [now.getTime() - at.getTime()]))
    const minutes = Math.max(0, Math.min(...points) / MINUTE_MS)
    measure({ name: 'rollback.recoveryPoint', unit: 'minutes', value: minutes, limit: most, sampleCount: 1, series: [] })
    const archiving =
      archived === undefined ? `WAL is not archived (archive_mode ${wal?.mode})` : `WAL archived until ${archived.toISOString()}`
    expect(
      minutes,
      `age in minutes of the newest recoverable point; newest backup ${newest?.toISOString()}, ${archiving}; a daily dump alone cannot meet this`,
    ).toBeLessThanOrEqual(most)
  },
)

check(
  'ROLL-05',
  'Every image that the newest backup names still lies on the services host.',
  (target) => ({ images: images(target.part('docker')), backups: hostFact(target, 'services', 'backups') }),
  ({ images: stored, backups }, { expect, unobserved }) => {
    const { manifest } = newestBackup(backups, { expect, unobserved })
    const wanted = Object.entries(manifest.images)
    expect(wanted.length, 'images that the manifest names').toBeGreaterThan(0)
    const here = new Set(stored.flatMap(({ id, digests }) => [id, ...digests.map((digest) => digest.replace(/^.*@/, ''))]))
    const gone = wanted.filter(([, digest]) => !here.has(digest)).map(([service, digest]) => `${service} ${digest}`)
    expect(gone, 'images that a rollback would have to pull').toEqual([])
  },
)

check(
  'ROLL-07',
  'The disk of the database has room for the restored database beside the live one.',
  (target) => ({
    disks: hostFact(target, 'database', 'disks'),
    size: sql(target.part('postgres'), {
      operation: 'SELECT pg_database_size(current_database())',
      text: 'SELECT pg_database_size(current_database()) AS bytes',
      row: z.object({ bytes: z.coerce.number().positive() }),
    }),
  }),
  ({ disks, size }, { target, expect, atLeast, measure }) => {
    // Twice: the restored rows, and the WAL that restoring them writes.
    const times = atLeast('rollback.freeTimesDatabase', 2, '× database size')
    const place = `${target.spec.paths.application}/data`
    const disk = disks.paths.find(({ path }) => path.startsWith(place)) ?? disks.paths.find(({ path }) => path === '/')
    const bytes = size[0]?.bytes ?? 0
    expect(bytes, 'size of the database in bytes').toBeGreaterThan(0)
    expect(disk?.path, 'a file system of the database host').toBeDefined()
    const free = disk?.free ?? 0
    measure({ name: 'rollback.free', unit: 'B', value: free, limit: times * bytes, sampleCount: 1, series: [] })
    expect(free, `bytes free on ${disk?.mount} of the database host`).toBeGreaterThanOrEqual(times * bytes)
  },
)

chain(
  'ROLL-08',
  'What rolling back now would lose is known: the hooks stored since the newest backup were counted.',
  (target) => ({ backups: hostFact(target, 'services', 'backups'), written: writtenBetween(target.part('postgres')) }),
  async ({ backups, written }, { observe, expect, unobserved, measure, now }) => {
    const { manifest } = newestBackup(await observe(backups), { expect, unobserved })
    const [lost] = await observe(written.with({ after: manifest.takenAt, until: now.toISOString() }))
    expect(lost?.rows ?? Number.NaN, `hooks stored since ${manifest.takenAt}`).toBeGreaterThanOrEqual(0)
    measure({ name: 'rollback.wouldLose', unit: 'hooks', value: lost?.rows ?? 0, limit: null, sampleCount: 1, series: [] })
  },
)

check(
  'ROLL-09',
  'The newest backup is of the PostgreSQL major that runs.',
  (target) => ({
    backups: hostFact(target, 'services', 'backups'),
    server: sql(target.part('postgres'), {
      operation: 'SHOW server_version_num',
      text: "SELECT current_setting('server_version_num') AS version",
      row: z.object({ version: z.coerce.number().positive() }),
    }),
  }),
  ({ backups, server }, { expect, unobserved }) => {
    const { manifest } = newestBackup(backups, { expect, unobserved })
    expect(majorOf(manifest.database.serverVersion), 'PostgreSQL major of the newest backup').toBe(
      majorOf(server[0]?.version ?? 0),
    )
  },
)

function majorOf(serverVersion: number): number {
  return Math.floor(serverVersion / 10_000)
}

check(
  'ROLL-10',
  'Every rollback that was begun is logged to its end.',
  (target) => {
    if (target.spec.paths.rollbackLog === 'none') throw new NotApplicable(`target ${target.name} keeps no rollback log`)
    return hostFact(target, 'services', 'rollbackLog')
  },
  ({ path, exists, tail, truncated }, { expect, unobserved }) => {
    // Without a log there was no rollback: the procedure makes it before anything else.
    expect(exists || tail === '', `${path} can be read`).toBe(true)
    const begun = [...tail.matchAll(/rollback (initiated|started|begun)/gi)].length
    const ended = [...tail.matchAll(/rollback (completed|finished|done|failed|stopped)/gi)].length
    if (truncated && begun < ended)
      return unobserved({ id: `truncated:${path}`, text: `${path} is longer than what is read; look at it by hand` })
    expect(ended, `rollbacks in ${path} that were logged to their end, of ${begun} that were begun`).toBe(begun)
  },
)
