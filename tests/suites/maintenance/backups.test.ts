import { describe, expect, it } from 'vitest'
import { Unobserved } from '../../../src/outcome.ts'
import type { Manifest } from '../../../src/procedures/manifest.ts'
import { failureOf } from '../../support/failure.ts'
import { follow, judge } from '../../support/judging.ts'
import '../../../suites/maintenance/backups.test.ts'

const NOW = new Date('2026-11-24T12:00:00Z')
const HASH = 'a'.repeat(64)
const DIGEST = `sha256:${HASH}`
const APPLICATION = '/opt/omninode_bridge'

function manifest(overrides: Partial<Manifest> = {}): Manifest {
  return {
    format: 'runbook-backup@1',
    takenAt: '2026-11-24T00:00:00Z',
    tookMs: 1,
    database: {
      name: 'omninode_bridge',
      serverVersion: 150_018,
      method: 'copy',
      schemaHash: HASH,
      schemaVersion: '3',
      tables: [{ name: 'hook_events', rows: 1, newest: null }],
    },
    files: [{ path: 'database/hook_events.gz', sha256: HASH, bytes: 1, contentBytes: 1 }],
    images: { 'hook-receiver': DIGEST, 'model-metrics': DIGEST, 'workflow-coordinator': DIGEST },
    configurationFolders: [],
    configuration: [
      { path: 'config/env', original: `${APPLICATION}/.env.production`, mode: '0600' },
      { path: 'config/compose', original: `${APPLICATION}/docker-compose.prod.yml`, mode: '0644' },
    ],
    kafka: { topics: [] },
    redis: { path: 'redis/dump.rdb', keys: 1 },
    ...overrides,
  }
}

const facts = (text: string) => ({
  directory: { path: '/backups' },
  newestManifest: { path: '/backups/20261124_000000/manifest.json', text },
})
const backups = (overrides: Partial<Manifest> = {}) => facts(JSON.stringify(manifest(overrides)))

describe('MNT-04', () => {
  const verify = (hashes: Record<string, string>, newest = backups()) =>
    follow('MNT-04', ({ operation }) => (operation.startsWith('sha256sum') ? hashes : newest))

  it('passes where every file has the hash that the manifest states', async () => {
    const { measurements } = await verify({ 'database/hook_events.gz': HASH })
    expect(measurements).toMatchObject([{ value: 0, sampleCount: 1 }])
  })

  it('fails on a missing and on an altered file', async () => {
    expect(await failureOf(verify({}))).toMatch(/hook_events\.gz is missing/)
    expect(await failureOf(verify({ 'database/hook_events.gz': 'b'.repeat(64) }))).toMatch(/is altered/)
  })

  it('fails on a manifest that is none, and is unobserved without one', async () => {
    expect(await failureOf(verify({}, facts('{"format":"other"}')))).toMatch(/not one of runbook-backup@1/)
    await expect(verify({}, facts(''))).rejects.toThrow(Unobserved)
  })
})

describe('MNT-10', () => {
  it('passes on a whole backup', async () => {
    await judge('MNT-10', backups(), { now: NOW })
  })

  it.each([
    ['an old one', { takenAt: '2026-10-01T00:00:00Z' }, 'age of the newest backup'],
    ['one without configuration', { configuration: [] }, '.env.production'],
    ['one without an image', { images: { 'hook-receiver': DIGEST } }, 'image digest of model-metrics'],
    ['one without Kafka’s offsets', { kafka: undefined }, 'offsets of Kafka'],
    ['one without Redis', { redis: undefined }, 'snapshot of Redis'],
  ] as const)('fails on %s', async (_, overrides, message) => {
    const { kafka, redis, ...rest } = { ...manifest(), ...overrides }
    const parts = { ...(kafka === undefined ? {} : { kafka }), ...(redis === undefined ? {} : { redis }) }
    expect(await failureOf(judge('MNT-10', facts(JSON.stringify({ ...rest, ...parts })), { now: NOW }))).toMatch(message)
  })

  it('is unobserved without a manifest', async () => {
    await expect(judge('MNT-10', facts(''), { now: NOW })).rejects.toThrow(Unobserved)
  })
})

describe('MNT-20', () => {
  it('wants a backup of the last 24 hours', async () => {
    await judge('MNT-20', backups({ takenAt: '2026-11-23T12:00:00Z' }), { now: NOW })
    expect(await failureOf(judge('MNT-20', backups({ takenAt: '2026-11-23T11:59:00Z' }), { now: NOW }))).toMatch('in hours')
    await expect(judge('MNT-20', facts(''), { now: NOW })).rejects.toThrow(Unobserved)
  })
})
