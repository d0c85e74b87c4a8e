import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Behaviour } from '../../../fixtures/services/index.ts'
import { registeredChecks } from '../../../src/check.ts'
import { lookWith, type Looked as Result } from '../../../src/falsify/look.ts'
import { type EmbeddedTarget, startEmbedded } from '../../../src/targets/embedded/index.ts'
import { startWatchdog, type Watchdog } from '../../../src/watchdog/index.ts'
import '../../../suites/performance/containers.test.ts'
import '../../../suites/performance/database.test.ts'
import '../../../suites/performance/host.test.ts'
import '../../../suites/performance/kafka.test.ts'
import '../../../suites/performance/load.test.ts'
import '../../../suites/performance/long-load.test.ts'
import '../../../suites/performance/redis.test.ts'
import '../../../suites/performance/stored.test.ts'
import '../../../suites/maintenance/backups.test.ts'
import '../../../suites/maintenance/monthly.test.ts'
import '../../../suites/maintenance/update.test.ts'
import '../../../suites/maintenance/weekly.test.ts'

let directory: string
let watchdog: Watchdog
let target: EmbeddedTarget

beforeAll(async () => {
  watchdog = await startWatchdog()
  directory = await mkdtemp(join(tmpdir(), 'performance-'))
  target = await startEmbedded({ runDirectory: directory, watchdog, signal: AbortSignal.timeout(60_000) })
})

afterAll(async () => {
  await target?.stop()
  await rm(directory, { recursive: true, force: true })
  await watchdog.stop()
})

/** A busy machine may make the observer too late to judge a latency; everything else must be decided. */
const undecided = ({ outcome, cause }: Result): boolean => outcome === 'unobserved' && cause?.id === 'observer:slow'

/** Stricter objectives than production's, so that a slow service need not be waited for as long. */
const objectives = { 'hook-receiver': 200, 'model-metrics': 200, 'workflow-coordinator': 200 }

const look = (ids?: readonly string[]): Promise<Map<string, Result>> => {
  const stricter = Object.entries(objectives).map(([name, p95]) => [name, { p95, p99: 5 * p95 }])
  const limits = { ...target.spec.limits, 'performance.hooks.storedWithin': 1, 'performance.models.throughput': 50 }
  const spec = { ...target.spec, limits, objectives: { ...target.spec.objectives, ...Object.fromEntries(stricter) } }
  const checks = registeredChecks().filter(({ id }) => ids?.includes(id) ?? true)
  return lookWith(checks, { ...target, spec: ids === undefined ? target.spec : spec })
}

/** The lines that failed, and of those that were to fail the ones that a busy machine left undecided. */
const failed = (results: Map<string, Result>, wanted: readonly string[]): string[] =>
  [...results.values()]
    .filter((result) => result.outcome === 'failed' || (wanted.includes(result.id) && undecided(result)))
    .map(({ id }) => id)
    .sort()

describe('the embedded target', () => {
  it('passes every line of performance and maintenance that it has the parts for', async () => {
    const results = [...(await look()).values()]
    const others = results.filter((result) => !['passed', 'skipped'].includes(result.outcome) && !undecided(result))
    expect(others.map(({ id, outcome, reason }) => `${id} ${outcome}: ${reason}`)).toEqual([])
    const skipped = results.filter(({ outcome }) => outcome === 'skipped').map(({ id }) => id)
    expect(skipped.toSorted()).toEqual([
      ...['MNT-08', 'MNT-19', 'MNT-21', 'MNT-22', 'MNT-23', 'MNT-25'],
      ...['PERF-22', 'PERF-23', 'PERF-24', 'PERF-25', 'PERF-26', 'PERF-27', 'PERF-28', 'PERF-29', 'PERF-30'],
    ])
  })

  it.each<[string, Behaviour, string[]]>([
    ['hook-receiver', { kind: 'acceptsWithoutStoring' }, ['PERF-05']],
    ['hook-receiver', { kind: 'duplicates' }, ['PERF-05']],
    ['hook-receiver', { kind: 'failsHooks' }, ['PERF-01', 'PERF-04']],
    ['hook-receiver', { kind: 'errors', rate: 0.2 }, ['PERF-01']],
    ['hook-receiver', { kind: 'slow', ms: 300 }, ['PERF-02', 'PERF-04']],
    ['model-metrics', { kind: 'errors', rate: 0.2 }, ['PERF-06']],
    ['model-metrics', { kind: 'slow', ms: 250 }, ['PERF-07', 'PERF-08']],
    ['workflow-coordinator', { kind: 'errors', rate: 0.2 }, ['PERF-09']],
    ['workflow-coordinator', { kind: 'slow', ms: 250 }, ['PERF-10']],
  ])(
    'shows that %s %o, by exactly %j',
    async (service, behaviour, lines) => {
      const loads = ['PERF-01', 'PERF-02', 'PERF-04', 'PERF-05', 'PERF-06', 'PERF-07', 'PERF-08', 'PERF-09', 'PERF-10']
      target.control.setBehaviour(service, behaviour)
      try {
        expect(failed(await look(loads), lines)).toEqual(lines)
      } finally {
        target.control.setBehaviour(service, { kind: 'healthy' })
      }
    },
    60_000,
  )
})
