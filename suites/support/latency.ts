import type { Judging } from '../../src/check.ts'
import type { ObserverDelay, Watched } from '../../src/probes/observer-delay.ts'
import { type Latency, latencyOf, type Point, samplesNeeded, thinned } from '../../src/probes/percentile.ts'

/** Latencies as a check received them, with what is needed to judge whether they mean anything. */
export interface Measured {
  readonly latency: Latency | null
  readonly observerDelay: ObserverDelay
  readonly series: readonly Point[]
  /** False where a load at a fixed pace was not sent at that pace. */
  readonly keptPace?: boolean
}

/** One limit on one percentile, or on the slowest. */
export interface LatencyLimit {
  /** Of the measurement and of the limit, such as `hooks.p95`. */
  readonly name: string
  readonly percentile: 95 | 99
  readonly milliseconds: number
}

/** Times of one thing after another, as Measured; the plot's time is the sum of what went before. */
export function measuredTimes({ value, observerDelay }: Watched<readonly number[]>): Measured {
  let at = 0
  const series = value.map((ms): Point => {
    at += ms
    return [at - ms, ms]
  })
  return { latency: latencyOf(value), observerDelay, series: thinned(series) }
}

/** Judges a percentile; unobserved where there are too few samples, or where the observer itself was too slow to tell. */
export function judgeLatency(measured: Measured, limit: LatencyLimit, judging: Judging): void {
  const { name, percentile } = limit
  const key = percentile === 95 ? 'p95' : 'p99'
  const most = judging.atMost(name, limit.milliseconds, 'ms')
  const samples = measured.latency?.samples ?? 0
  const needed = samplesNeeded(percentile)
  if (measured.latency === null || samples < needed) {
    judging.unobserved({
      id: `samples:${name}`,
      text: `${name} needs ${needed} answers and there were ${samples}; see why requests failed, or give the profile more time`,
    })
  }
  if (measured.keptPace === false)
    judging.unobserved({
      id: 'load:pace',
      text: `${name}: the generator did not keep the pace; use a less busy machine or a lower rate`,
    })
  const value = measured.latency[key]
  judging.measure({ name, unit: 'ms', value, limit: most, sampleCount: samples, series: [...measured.series] })
  refuseSlowObserver(name, measured.observerDelay[key], most, judging)
  judging.expect(value, `${key} of ${samples} samples, in ms`).toBeLessThanOrEqual(most)
}

/** Judges the slowest of all samples. */
export function judgeSlowest(measured: Measured, limit: Omit<LatencyLimit, 'percentile'>, judging: Judging): void {
  const { name } = limit
  const most = judging.atMost(name, limit.milliseconds, 'ms')
  if (measured.latency === null) {
    judging.unobserved({ id: `samples:${name}`, text: `${name} has no accepted request to judge; see why requests failed` })
  }
  const { max, samples } = measured.latency
  judging.measure({ name, unit: 'ms', value: max, limit: most, sampleCount: samples, series: [] })
  refuseSlowObserver(name, measured.observerDelay.max, most, judging)
  judging.expect(max, `slowest of ${samples} samples, in ms`).toBeLessThanOrEqual(most)
}

/** An observer that is late by more than a quarter of the limit cannot tell which of the two was slow. */
export function refuseSlowObserver(name: string, delayMs: number, limitMs: number, { unobserved }: Judging): void {
  if (delayMs <= limitMs / 4) return
  unobserved({
    id: 'observer:slow',
    text: `${name}: the observing process was itself up to ${delayMs.toFixed(1)} ms late, more than a quarter of the limit of ${limitMs} ms; run the suite on a less busy machine`,
  })
}
