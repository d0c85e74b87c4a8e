import { describe, expect, it } from 'vitest'
import { deployLog } from '../../../fixtures/embedded/deploy-log.ts'
import { lastDeploy, stepStarted } from '../../../suites/support/deploy-log.ts'
import { failureOf } from '../../support/failure.ts'
import { judge, testTarget } from '../../support/judging.ts'
import '../../../suites/deploy/backup.test.ts'
import '../../../suites/deploy/finish.test.ts'

const NOW = new Date('2026-11-24T12:00:00Z')
const GOOD = deployLog(NOW)
const HASH = 'a'.repeat(64)
const log = (tail: string, more: object = {}) => ({
  path: '/opt/omninode_bridge/logs/deployment.log',
  exists: true,
  size: tail.length,
  modified: 0,
  tail,
  truncated: false,
  ...more,
})

describe('the last deploy of a log', () => {
  it('begins at the last start', () => {
    const two = `${deployLog(new Date(NOW.getTime() - 86_400_000))}${GOOD}`
    expect(lastDeploy(two)?.startedAt).toEqual(lastDeploy(GOOD)?.startedAt)
  })

  it('is understood in the words of the source’s own script too', () => {
    const text = [
      '[2026-01-02 03:04:05] === Starting OmniNode Bridge Production Deployment ===',
      '[2026-01-02 03:04:06] Step 1: Creating backup...',
      '[2026-01-02 03:04:09] Step 2: Pulling latest Docker images...',
      '[2026-01-02 03:05:09] ERROR: PostgreSQL failed health check after 30 attempts',
    ].join('\n')
    const deploy = lastDeploy(text)
    expect(deploy).toMatchObject({ steps: [1, 2], stepCount: undefined, isCompleted: false })
    expect(deploy?.errors).toEqual(['ERROR: PostgreSQL failed health check after 30 attempts'])
    expect(deploy === undefined ? undefined : stepStarted(deploy, 2)).toEqual(new Date('2026-01-02T03:04:09Z'))
  })

  it('is none where no start is told', () => {
    expect(lastDeploy('[2026-01-02 03:04:05] step 3 of 8: infrastructure\nnoise\n')).toBeUndefined()
  })
})

describe('DEP-80 and DEP-81, the deployment log', () => {
  it.each(['DEP-80', 'DEP-81'])('%s passes on a deploy that went well', async (id) => {
    await judge(id, log(GOOD))
  })

  it.each([
    ['DEP-80', GOOD.replace(/^.*step 4 of 8.*\n/m, ''), /1,2,3,5/],
    ['DEP-80', GOOD.replace(/^.*deployment completed.*\n/m, ''), /completed/],
    ['DEP-81', GOOD.replace('INFO step 6', 'ERROR step 5 failed, going on\n[2026-11-24 11:20:46] INFO step 6'), /going on/],
  ])('%s fails on one that did not', async (id, tail, problem) => {
    expect(await failureOf(judge(id, log(tail)))).toMatch(problem)
  })

  it.each(['DEP-80', 'DEP-81'])('%s fails where there is no log, or nothing in it', async (id) => {
    expect(await failureOf(judge(id, log('', { exists: false })))).toMatch(/it is not there/)
    expect(await failureOf(judge(id, log('')))).toMatch(/tells of a deploy/)
  })

  it('is unobserved where the end that was read holds no start', async () => {
    const end = log(GOOD.split('\n').slice(4).join('\n'), { truncated: true })
    await expect(judge('DEP-80', end)).rejects.toMatchObject({ name: 'Unobserved' })
  })

  it('is skipped where the target’s deploys are logged elsewhere', async () => {
    const { paths } = testTarget().spec
    const target = testTarget({ paths: { ...paths, deployLog: 'none' } })
    await expect(judge('DEP-80', log(GOOD), { target })).rejects.toMatchObject({ name: 'NotApplicable' })
  })
})

describe('DEP-10, a backup for the deploy', () => {
  const started = lastDeploy(GOOD)?.startedAt.getTime() ?? 0
  const stored = (...minutesBefore: readonly number[]) => ({
    directory: { path: '/backups', type: 'directory' },
    entries: minutesBefore.map((minutes) => ({
      path: `/backups/${nameAt(new Date(started - minutes * 60_000))}`,
      type: 'directory',
      size: 4_096,
      modified: 0,
    })),
  })

  it('passes on one just before the deploy and on one that its first step took, however many came later', async () => {
    await judge('DEP-10', { stored: stored(20), log: log(GOOD) })
    await judge('DEP-10', { stored: stored(-30, -1 / 60), log: log(GOOD) })
  })

  it.each([
    ['too old', stored(61)],
    ['after the second step', stored(-2)],
  ])('fails on one that is %s', async (_, found) => {
    expect(await failureOf(judge('DEP-10', { stored: found, log: log(GOOD) }))).toMatch(/backups begun between/)
  })

  it('fails where there is none', async () => {
    expect(await failureOf(judge('DEP-10', { stored: stored(), log: log(GOOD) }))).toMatch(/backups in/)
  })
})

describe('DEP-11 to DEP-14, what the newest backup holds', () => {
  const tables = ['hook_events', 'service_sessions', 'event_metrics', 'security_audit_log', 'connection_metrics']
  const digest = `sha256:${HASH}`
  const manifest = {
    format: 'runbook-backup@1',
    takenAt: NOW.toISOString(),
    tookMs: 10,
    database: {
      name: 'omninode_bridge',
      serverVersion: 150_018,
      method: 'pg_dump',
      schemaHash: HASH,
      schemaVersion: '0001',
      tables: tables.map((name) => ({ name: `public.${name}`, rows: 1, newest: null })),
    },
    files: [{ path: 'database/dump.sql.gz', sha256: HASH, bytes: 9, contentBytes: 20 }],
    images: { 'hook-receiver': digest, 'model-metrics': digest, 'workflow-coordinator': digest },
    configuration: ['.env.production', 'docker-compose.prod.yml'].map((name) => ({
      path: `config/opt/omninode_bridge/${name}`,
      original: `/opt/omninode_bridge/${name}`,
      mode: '0600',
    })),
    configurationFolders: [],
  }
  const facts = (value: unknown) => ({
    directory: { path: '/backups' },
    newestManifest: { path: '/backups/x/manifest.json', text: typeof value === 'string' ? value : JSON.stringify(value) },
  })
  const IDS = ['DEP-11', 'DEP-12', 'DEP-13', 'DEP-14']

  it.each(IDS)('%s passes on a whole one', async (id) => {
    await judge(id, facts(manifest))
  })

  it.each(IDS)('%s fails without a manifest and on one that is none', async (id) => {
    expect(await failureOf(judge(id, facts('')))).toMatch(/has no manifest/)
    expect(await failureOf(judge(id, facts('{}')))).toMatch(/not one of runbook-backup@1/)
  })

  it.each([
    ['DEP-11', { database: { ...manifest.database, tables: manifest.database.tables.slice(1) } }, /hook_events/],
    ['DEP-11', { files: [{ path: 'database/dump.sql.gz', sha256: HASH, bytes: 0, contentBytes: 0 }] }, /dump\.sql\.gz/],
    ['DEP-12', { configuration: manifest.configuration.slice(1) }, /\.env\.production/],
    ['DEP-13', { images: { 'hook-receiver': digest } }, /model-metrics/],
    ['DEP-14', { database: { ...manifest.database, name: 'other' } }, /other/],
    ['DEP-14', { database: { ...manifest.database, serverVersion: 160_001 } }, /16/],
  ])('%s fails on what is left out', async (id, changes, problem) => {
    expect(await failureOf(judge(id, facts({ ...manifest, ...changes })))).toMatch(problem)
  })
})

/** `20261124_112000` */
function nameAt(at: Date): string {
  return at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_')
}
