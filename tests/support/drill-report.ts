import type { DrillReport, DrillSteps } from '../../src/procedures/drill-report.ts'

const OLD = { receiver: `sha256:${'a'.repeat(64)}` }
const NEW = { receiver: `sha256:${'b'.repeat(64)}` }
const HASH = 'c'.repeat(64)

function steps(...names: readonly string[]): DrillSteps {
  const done = names.map((name, index) => ({
    name,
    startedAt: new Date(Date.UTC(2026, 0, 1, 0, 0, index)).toISOString(),
    ms: 900,
    resumed: false,
  }))
  return { outcome: 'done', steps: done, ms: names.length * 1_000, failure: '' }
}

const DEPLOY = ['backup', 'images', 'infrastructure', 'topics and schema', 'services', 'monitoring', 'gateway', 'verify']

/** The report of a drill that went well, with what the test wants otherwise. */
export function drillReport(more: Partial<DrillReport> = {}): DrillReport {
  return {
    badRelease: 'corrupting migration',
    timeline: [{ at: '2026-01-01T00:00:00.000Z', phase: 'deploy A', event: 'begun', store: '' }],
    deploy: steps(...DEPLOY),
    badDeploy: steps(...DEPLOY),
    rollback: steps('check inputs', 'stop services', 'restore database'),
    detection: { how: 'ledger: 3 of 9 accepted hooks are not in postgres as they were sent', afterMs: 120 },
    rtoMs: 400,
    rtoPhases: [
      { name: 'check inputs', ms: 150 },
      { name: 'first correct hook', ms: 250 },
    ],
    losses: [loss()],
    canary: { sent: 60, accepted: 50, refused: 10 },
    digests: { released: OLD, before: OLD, bad: NEW, after: OLD },
    tables: [{ name: 'hook_events', manifest: 210, restored: 210 }],
    schemaHash: { manifest: HASH, restored: HASH },
    configuration: [{ path: '/etc/app.env', before: 'a', bad: 'b', after: 'a' }],
    keptAs: 'drill_before_20260101_000000',
    troubled: [trouble('the backup is truncated'), trouble('an image is gone')],
    backup: { ms: 80, bytes: 20_000, method: 'copy' },
    ms: 1_200,
    ...more,
  }
}

export function loss(more: Partial<DrillReport['losses'][number]> = {}): DrillReport['losses'][number] {
  const none = { lostBeforeBackup: [], duplicates: [], skewed: [], orphaned: { count: 0, spanMs: 0, tokens: [] } }
  return {
    store: 'postgres',
    takenBack: true,
    accepted: 50,
    kept: 40,
    lost: 10,
    lostMs: 300,
    lostTokens: ['x'],
    ...none,
    ...more,
  }
}

export function trouble(name: string, more: Partial<DrillReport['troubled'][number]> = {}): DrillReport['troubled'][number] {
  const stopped = { stopped: true, step: 'check inputs', verdict: 'truncated', next: 'choose an older backup', changed: [] }
  return { trouble: name, ...stopped, ...more }
}
