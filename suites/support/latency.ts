import type { Judging } from '../../src/check.ts'
import { type Circumstances, explainedMs } from '../../src/probes/explained.ts'
import { type MachineTime, machineInWords } from '../../src/probes/machine-time.ts'
import type { ObserverDelay, Watched } from '../../src/probes/observer-delay.ts'
import { type Latency, latencyOf, type Point, samplesNeeded, thinned } from '../../src/probes/percentile.ts'
import type { Target } from '../../src/targets/target.ts'

/** Latencies as a check received them, with what is needed to judge whether they mean anything. */
export interface Measured {
  readonly latency: Latency | null
  readonly observerDelay: ObserverDelay
  readonly machine: MachineTime
  readonly series: readonly Point[]
  /** False where a load at a fixed pace was not sent at that pace. */
  readonly keptPace?: boolean
  /** Of a load: over how many connections at once. */
  readonly connections?: number
}

/** One limit on one percentile, or on the slowest. */
export interface LatencyLimit {
  /** Of the measurement and of the limit, such as `hooks.p95`. */
  readonly name: string
  readonly percentile: 95 | 99
  readonly milliseconds: number
}

/** Times of one thing after another, as Measured; the plot's time is the sum of what went before. */
export function measuredTimes({ value, observerDelay, machine }: Watched<readonly number[]>): Measured {
  let at = 0
  const series = value.map((ms): Point => {
    at += ms
    return [at - ms, ms]
  })
  return { latency: latencyOf(value), observerDelay, machine, series: thinned(series) }
}

/** Judges a percentile; unobserved where there are too few samples, or where what is beyond the limit may be ours. */
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
  refuseSpoilt({ ...measured, name, value, limit: most, delayMs: measured.observerDelay[key] }, judging)
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
  refuseSpoilt({ ...measured, name, value: max, limit: most, delayMs: measured.observerDelay.max }, judging)
  judging.expect(max, `slowest of ${samples} samples, in ms`).toBeLessThanOrEqual(most)
}

/** A latency beside its limit, and what may have spoilt it; all times are milliseconds. */
export interface MaybeSpoilt extends Circumstances {
  readonly name: string
  readonly value: number
}

/** Ends the check as unobserved where a latency beyond its limit may be the observer's own or, on a disposable target, its machine's. */
export function refuseSpoilt(latency: MaybeSpoilt, { target, unobserved }: Pick<Judging, 'target' | 'unobserved'>): void {
  const text = spoiltBy(latency, target)
  if (text !== undefined)
    unobserved({ id: 'observer:slow', text: `${latency.name}: ${text}; run the suite on a less busy machine` })
}

/**
 * Why nobody can tell whether a latency is really beyond its limit; undefined where somebody can. Observer and machine only ever
 * add to a time, so that what is within the limit all the same is within it. Disposable targets run on the observing machine: if
 * it lacks processor time, they do. A live target has a machine of its own, and what that lacks is its own fault.
 */
export function spoiltBy({ value, ...circumstances }: MaybeSpoilt, target: Pick<Target, 'kind'>): string | undefined {
  const { limit, delayMs, machine } = circumstances
  const explained = explainedMs(circumstances)
  const most = explained.observer + (target.kind === 'live' ? 0 : explained.machine)
  if (value <= limit || most === 0 || value > limit + most) return undefined
  if (explained.observer > 0)
    return `the observing process was itself up to ${delayMs.toFixed(1)} ms late, more than a quarter of the limit of ${limit} ms`
  return `${value.toFixed(1)} ms where ${limit} ms are allowed, but target and observer share a machine that was short of processor time: ${machineInWords(machine)}`
}
