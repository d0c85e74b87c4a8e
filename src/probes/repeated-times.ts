import type { Probe, Reading } from '../probe.ts'
import { explainedMs } from './explained.ts'
import type { Watched } from './observer-delay.ts'
import { latencyOf } from './percentile.ts'

/** Times of one thing after another, and what may have spoilt them. */
export type WatchedTimes = Watched<number[]>

/** What the percentiles are compared with, in milliseconds. */
export interface WantedTimes {
  readonly p95?: number
  readonly p99?: number
}

const ATTEMPTS = 3

/**
 * Measures anew, twice at most, where times are beyond what is wanted and a late observer, or a machine short of processor
 * time, may be why. Either only ever adds to a time: what is within the limit all the same is within it. What is slower than
 * they explain is slow by itself and is not measured again: it would be hidden where it comes and goes. Returns the last measurement; the earlier ones are told in its evidence.
 */
export function repeatedTimes(probe: Probe<WatchedTimes>, wanted: WantedTimes): Probe<WatchedTimes> {
  return {
    ...probe,
    variant: `${probe.variant ?? ''} ${JSON.stringify(wanted)}`,
    deadlineMs: probe.deadlineMs * ATTEMPTS,
    async read(session) {
      const startedAt = performance.now()
      const earlier: string[] = []
      for (let attempt = 1; ; attempt += 1) {
        const reading = await probe.read(session)
        const isTimeLeft = performance.now() - startedAt < probe.deadlineMs
        if (attempt === ATTEMPTS || !isTimeLeft || !mayBeSpoilt(reading, wanted)) return withEarlier(reading, earlier)
        earlier.push(`attempt ${attempt}, thrown away: ${reading.raw}`)
      }
    },
  }
}

function mayBeSpoilt({ value: { value, observerDelay, machine } }: Reading<WatchedTimes>, wanted: WantedTimes): boolean {
  const latency = latencyOf(value)
  if (latency === null) return false
  return (['p95', 'p99'] as const).some((key) => {
    const limit = wanted[key] ?? Number.POSITIVE_INFINITY
    const explained = explainedMs({ limit, delayMs: observerDelay[key], machine })
    return latency[key] > limit && latency[key] <= limit + explained.observer + explained.machine
  })
}

function withEarlier(reading: Reading<WatchedTimes>, earlier: readonly string[]): Reading<WatchedTimes> {
  return earlier.length === 0 ? reading : { ...reading, raw: [reading.raw, ...earlier].join('\n') }
}
