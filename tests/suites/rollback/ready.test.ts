import { describe, expect, it } from 'vitest'
import { Unobserved } from '../../../src/outcome.ts'
import type { Manifest } from '../../../src/procedures/manifest.ts'
import { failureOf } from '../../support/failure.ts'
import { follow, judge } from '../../support/judging.ts'
import '../../../suites/rollback/ready.test.ts'

const NOW = new Date('2026-01-02T12:00:00Z')
const FOLDER = '/opt/omninode_bridge/backups'
const DIGEST = `sha256:${'a'.repeat(64)}`
const SERVICES = ['hook-receiver', 'model-metrics', 'workflow-coordinator']

const manifest: Manifest = {
  format: 'runbook-backup@1',
  takenAt: '2026-01-02T11:58:00.000Z',
  tookMs: 90,
  database: {
    name: 'omninode_bridge',
    serverVersion: 150_018,
    method: 'copy',
    schemaHash: 'b'.repeat(64),
    schemaVersion: '0001',
    tables: [{ name: 'hook_events', rows: 3, newest: null }],
  },
  files: [{ path: 'database.dump', sha256: 'c'.repeat(64), bytes: 100, contentBytes: 100 }],
  images: Object.fromEntries(SERVICES.map((service) => [service, DIGEST])),
  configuration: ['/opt/omninode_bridge/.env.production', '/opt/omninode_bridge/docker-compose.prod.yml'].map((original) => ({
    path: `config${original}`,
    original,
    mode: '0640',
  })),
  configurationFolders: [],
}

function entry(path: string, more: Record<string, unknown> = {}) {
  return {
    path,
    exists: true,
    type: 'directory',
    owner: 'deploy',
    group: 'docker',
    mode: '0700',
    size: 4096,
    modified: 0,
    ...more,
  }
}

function backups(more: { text?: string; names?: readonly string[] } = {}) {
  const names = more.names ?? ['20260102_115800', '20260102_020000']
  return {
    directory: entry(FOLDER),
    entries: names.map((name) => entry(`${FOLDER}/${name}`)),
    truncated: false,
    newestManifest: { path: `${FOLDER}/${names[0]}/manifest.json`, text: more.text ?? JSON.stringify(manifest) },
    mount: '/mnt/backups',
    device: '/dev/sdb1',
    free: 1e12,
  }
}
const but = (more: Partial<Manifest>) => backups({ text: JSON.stringify({ ...manifest, ...more }) })
const none = backups({ names: [], text: '' })
const off = [{ mode: 'off', archived: null, failed: null }]
const judged = (id: string, answers: unknown) => judge(id, answers, { now: NOW })

describe('ROLL-01', () => {
  it('passes on a manifest that can be read, and fails on none, a broken one, or no backup', async () => {
    await judged('ROLL-01', backups())
    expect(await failureOf(judged('ROLL-01', backups({ text: '' })))).toMatch(/manifest of/)
    expect(await failureOf(judged('ROLL-01', backups({ text: '{"format":"other"}' })))).toMatch(/runbook-backup@1/)
    expect(await failureOf(judged('ROLL-01', none))).toMatch(/backups in/)
  })
})

describe('ROLL-02', () => {
  const log = (tail: string) => ({
    path: '/opt/omninode_bridge/logs/deployment.log',
    exists: true,
    size: 1,
    modified: 0,
    tail,
    truncated: false,
  })
  const DEPLOY =
    '[2026-01-02 11:57:00] INFO deployment started\n[2026-01-02 11:57:01] INFO step 1 of 8: backup\n[2026-01-02 11:59:00] INFO done\n'
  const play = (facts: unknown, tail: string, rows: number) =>
    follow(
      'ROLL-02',
      ({ operation, system }) => {
        if (system === 'postgres') return [{ rows, newest: null }]
        return operation.includes('deployLog') ? log(tail) : facts
      },
      { now: NOW },
    )

  it('passes where nothing was stored between the backup and the deploy', () => play(backups(), DEPLOY, 0))
  it('fails where hooks were stored in between', async () => {
    expect(await failureOf(play(backups({ names: ['20260102_020000'] }), DEPLOY, 7))).toMatch(
      /hooks stored after .*20260102_020000/,
    )
  })
  it('fails where every backup is younger than the deploy', async () => {
    expect(await failureOf(play(backups({ names: ['20260102_120000'] }), DEPLOY, 0))).toMatch(
      /a backup from before the end of the deploy/,
    )
  })
  it('fails where there was no backup or the log tells of no deploy', async () => {
    expect(await failureOf(play(none, DEPLOY, 0))).toMatch(/backups in/)
    expect(await failureOf(play(backups(), '', 0))).toMatch(/tells of a deploy/)
  })
})

describe('ROLL-03', () => {
  it('passes by a young backup, or by archived WAL', async () => {
    await judged('ROLL-03', { backups: backups(), archive: off })
    const archive = [{ mode: 'on', archived: new Date('2026-01-02T11:59:00Z'), failed: null }]
    await judged('ROLL-03', { backups: backups({ names: ['20260102_020000'] }), archive })
  })
  it('fails on a daily dump alone, and says that it can never do', async () => {
    const answers = { backups: backups({ names: ['20260102_020000'] }), archive: off }
    expect(await failureOf(judged('ROLL-03', answers))).toMatch(/WAL is not archived .*a daily dump alone cannot meet this/)
    expect(await failureOf(judged('ROLL-03', { backups: none, archive: off }))).toMatch(/backups in/)
  })
})

describe('ROLL-05', () => {
  const image = (digests: readonly string[]) => ({ id: 'sha256:x', tags: [], digests, size: 1, created: 1 })
  it('passes where every image lies on the host, and fails where one is gone', async () => {
    await judged('ROLL-05', { images: [image([`registry.test/hook-receiver@${DIGEST}`])], backups: backups() })
    expect(await failureOf(judged('ROLL-05', { images: [image([])], backups: backups() }))).toMatch(/hook-receiver sha256:aaaa/)
    expect(await failureOf(judged('ROLL-05', { images: [], backups: but({ images: {} }) }))).toMatch(
      /images that the manifest names/,
    )
  })
})

describe('ROLL-07', () => {
  const disks = (free: number) => ({ paths: [{ path: '/opt/omninode_bridge/data', mount: '/', free }] })
  it('passes where twice the database fits, and fails where it does not or nobody knows its size', async () => {
    await judged('ROLL-07', { disks: disks(201), size: [{ bytes: 100 }] })
    expect(await failureOf(judged('ROLL-07', { disks: disks(199), size: [{ bytes: 100 }] }))).toMatch(/bytes free/)
    expect(await failureOf(judged('ROLL-07', { disks: disks(199), size: [] }))).toMatch(/size of the database/)
    expect(await failureOf(judged('ROLL-07', { disks: { paths: [] }, size: [{ bytes: 1 }] }))).toMatch(/a file system/)
  })
})

describe('ROLL-08', () => {
  it('tells how many hooks would be lost', async () => {
    const play = (rows: readonly unknown[]) =>
      follow('ROLL-08', ({ system }) => (system === 'postgres' ? rows : backups()), { now: NOW })
    expect((await play([{ rows: 12, newest: null }])).measurements).toMatchObject([{ name: 'rollback.wouldLose', value: 12 }])
    expect(await failureOf(play([]))).toMatch(/hooks stored since/)
  })
})

describe('ROLL-09', () => {
  it('compares majors only', async () => {
    await judged('ROLL-09', { backups: backups(), server: [{ version: 150_004 }] })
    expect(await failureOf(judged('ROLL-09', { backups: backups(), server: [{ version: 160_001 }] }))).toMatch(/PostgreSQL major/)
    expect(await failureOf(judged('ROLL-09', { backups: backups(), server: [] }))).toMatch(/PostgreSQL major/)
  })
})

describe('ROLL-10', () => {
  const log = (tail: string, more: Record<string, unknown> = {}) => ({
    path: '/x.log',
    exists: true,
    size: 1,
    modified: 0,
    tail,
    truncated: false,
    ...more,
  })
  it('passes where each rollback ended or there was none, and fails where one was left open', async () => {
    await judged('ROLL-10', log('rollback started\nrollback completed\nrollback started\nrollback failed: x\n'))
    await judged('ROLL-10', log('', { exists: false }))
    expect(await failureOf(judged('ROLL-10', log('rollback started\n')))).toMatch(/of 1 that were begun/)
    await expect(judged('ROLL-10', log('rollback done\n', { truncated: true }))).rejects.toThrow(Unobserved)
  })
})
