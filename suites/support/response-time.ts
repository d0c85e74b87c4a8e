import type { Judging } from '../../src/check.ts'
import type { Cause } from '../../src/outcome.ts'
import type { HttpAnswer } from '../../src/probes/http.ts'
import type { Watched } from '../../src/probes/observer-delay.ts'
import { spoiltBy } from './latency.ts'
import { median } from './median.ts'

/** Fewer than these have no median worth the name. */
const LEAST_SAMPLES = 3

/**
 * The median response time of a few answers, in milliseconds, or why there is none: the answers are errors, which come fast and
 * prove nothing, or something of ours may be what made most of them slow.
 */
export function judgeResponse(
  name: string,
  samples: readonly Watched<HttpAnswer>[],
  limit: number,
  { measure, target }: Pick<Judging, 'measure' | 'target'>,
): number | Cause {
  const failed = samples.find(({ value }) => value.status !== 200)
  if (failed !== undefined)
    return {
      id: `unhealthy:${name}`,
      text: `${name}: an answer of ${failed.value.status} tells nothing of how fast the service works`,
    }
  const times = samples.map(({ value, observerDelay, machine }) => {
    const ms = value.timings.firstByteMs
    return { ms, spoilt: spoiltBy({ name, value: ms, limit, delayMs: observerDelay.max, machine }, target) }
  })
  const all = times.map(({ ms }) => ms)
  const exact = times.filter(({ spoilt }) => spoilt === undefined).map(({ ms }) => ms)
  const isFast = median(all) <= limit
  const used = isFast ? all : exact
  if (used.length < LEAST_SAMPLES)
    return {
      id: 'observer:slow',
      text: `${name}: ${all.length - exact.length} of ${all.length} answers tell nothing: ${times.find(({ spoilt }) => spoilt !== undefined)?.spoilt}; run the suite on a less busy machine`,
    }
  const value = median(used)
  measure({ name, unit: 'ms', value, limit, sampleCount: used.length, series: [] })
  return value
}
