import { describe, expect, it } from 'vitest'
import { failureOf } from '../../support/failure.ts'
import { judge } from '../../support/judging.ts'
import '../../../suites/preflight/backup-storage.test.ts'

const NOW = new Date('2026-06-30T12:00:00Z')
const DIRECTORY = '/opt/omninode_bridge/backups'

const entry = (path: string, more = {}) => ({
  path,
  exists: true,
  type: 'file',
  owner: 'deploy',
  group: 'docker',
  mode: '0600',
  size: 50_000,
  modified: NOW.getTime() / 1_000,
  ...more,
})
const directory = entry(DIRECTORY, { type: 'directory', mode: '0700' })
const name = (daysAgo: number) =>
  `${DIRECTORY}/${new Date(NOW.getTime() - daysAgo * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '')}_020000`
const daily = (days = 30, more = {}) =>
  Array.from({ length: days }, (_, ago) => entry(name(ago), { type: 'directory', mode: '0700', ...more }))
const backups = (more = {}) => ({
  directory,
  entries: daily(31),
  truncated: false,
  newestManifest: { path: '', text: '' },
  mount: DIRECTORY,
  device: '/dev/sdb1',
  free: 10_000_000,
  ...more,
})
const disks = {
  paths: [
    { path: '/', mount: '/' },
    { path: '/opt/omninode_bridge/data', mount: '/' },
  ],
}

describe('the backup storage', () => {
  it('passes where all is well', async () => {
    await judge('PRE-101', { backups: backups(), disks })
    await judge('PRE-102', { backups: backups(), size: [{ bytes: 5_000_000 }] })
    for (const id of ['PRE-103', 'PRE-104']) await judge(id, backups(), { now: NOW })
  })

  it('fails where there is nothing', async () => {
    const nothing = backups({ entries: [], directory: { ...directory, exists: false, type: 'none', mode: '' }, mount: '' })
    await failureOf(judge('PRE-101', { backups: nothing, disks }))
    await failureOf(judge('PRE-102', { backups: nothing, size: [] }))
    for (const id of ['PRE-103', 'PRE-104']) await failureOf(judge(id, nothing, { now: NOW }))
  })

  it('PRE-105 is unobserved where there is no backup to look at', async () => {
    await expect(judge('PRE-105', backups({ entries: [] }))).rejects.toMatchObject({
      name: 'Unobserved',
      message: expect.stringContaining('holds no backup'),
    })
  })

  it('PRE-101 fails on the file system of the data', async () => {
    expect(await failureOf(judge('PRE-101', { backups: backups({ mount: '/' }), disks }))).toContain('is on / as well')
  })

  it('PRE-102 fails below twice the database', async () => {
    expect(await failureOf(judge('PRE-102', { backups: backups(), size: [{ bytes: 5_000_001 }] }))).toContain('bytes free')
  })

  it('PRE-103 fails on an old one, an empty one, and takes nothing else for a backup', async () => {
    expect(await failureOf(judge('PRE-103', backups({ entries: daily(31).slice(2) }), { now: NOW }))).toContain('age in hours')
    const empty = entry(`${DIRECTORY}/db.sql.gz`, { size: 20 })
    expect(await failureOf(judge('PRE-103', backups({ entries: [empty] }), { now: NOW }))).toContain('db.sql.gz (20 bytes)')
    const beside = ['db.sql.gz.sha256', 'backup.log', 'manifest.json', '20260630_110000.partial'].map((file) =>
      entry(`${DIRECTORY}/${file}`),
    )
    expect(await failureOf(judge('PRE-103', backups({ entries: beside }), { now: NOW }))).toContain('backups in')
  })

  it('PRE-104 names the day without a backup, and the empty ones', async () => {
    const gap = daily(31).filter((_, ago) => ago !== 7)
    expect(await failureOf(judge('PRE-104', backups({ entries: gap }), { now: NOW }))).toContain('2026-06-23')
    const empty = daily(31, { type: 'file', size: 20 })
    expect(await failureOf(judge('PRE-104', backups({ entries: empty }), { now: NOW }))).toContain('has 20 bytes')
    await judge('PRE-104', backups({ entries: daily(31).slice(1) }), { now: NOW })
  })

  it('PRE-105 fails where others may read', async () => {
    const open = backups({ entries: [...daily(2), entry(`${DIRECTORY}/db.sql.gz`, { mode: '0644' })] })
    expect(await failureOf(judge('PRE-105', open))).toContain('db.sql.gz has mode 0644')
  })
})
