import type { LoadResult } from '../../../src/probes/load.ts'
import type { MachineTime } from '../../../src/probes/machine-time.ts'
import type { Watched } from '../../../src/probes/observer-delay.ts'
import { latencyOf } from '../../../src/probes/percentile.ts'

const QUIET = { p95: 0, p99: 1, max: 2 }

/** A machine whose processors were there for everybody. */
export const IDLE: MachineTime = { waiting: 0.02, stolen: 0 }
/** One on which something waited for a processor most of the time. */
export const BUSY: MachineTime = { waiting: 0.8, stolen: 0 }

/** What a load on a healthy service brings home: every answer after `ms` milliseconds. */
export function loadResult(samples: number, ms: number, overrides: Partial<LoadResult> = {}): LoadResult {
  return {
    sent: samples,
    answered: samples,
    accepted: samples,
    statuses: { '2xx': samples },
    failures: { timeout: 0, connection: 0, dropped: 0, status: 0, body: 0, unanswered: 0 },
    examples: [],
    latency: latencyOf(Array<number>(samples).fill(ms)),
    series: [[0, ms]],
    throughput: 500,
    connections: 10,
    durationMs: 200,
    ids: [],
    keptPace: true,
    observerDelay: QUIET,
    machine: IDLE,
    covered: true,
    ...overrides,
  }
}

/** A load of which nothing was accepted. */
export function failedLoad(): LoadResult {
  const failures = { timeout: 0, connection: 0, dropped: 0, status: 100, body: 0, unanswered: 0 }
  return loadResult(100, 1, {
    accepted: 0,
    latency: null,
    throughput: 0,
    series: [],
    failures,
    examples: ['status: HTTP 503: busy'],
  })
}

/** So many times of `ms` milliseconds, from an observer that was never late on an idle machine. */
export function times(samples: number, ms: number, observerDelay = QUIET, machine: MachineTime = IDLE): Watched<number[]> {
  return { value: Array<number>(samples).fill(ms), observerDelay, machine }
}
