import type { Judging } from '../../src/check.ts'
import type { Cause } from '../../src/outcome.ts'
import type { HttpAnswer } from '../../src/probes/http.ts'
import type { Watched } from '../../src/probes/observer-delay.ts'
import { median } from './median.ts'

/** Fewer than these have no median worth the name. */
const LEAST_SAMPLES = 3

/**
 * The median response time of a few answers, in milliseconds, or why there is none: the answers are errors, which come fast and
 * prove nothing, or the observer was late by more than a quarter of the limit in most of them.
 */
export function judgeResponse(
  name: string,
  samples: readonly Watched<HttpAnswer>[],
  limit: number,
  { measure }: Pick<Judging, 'measure'>,
): number | Cause {
  const failed = samples.find(({ value }) => value.status !== 200)
  if (failed !== undefined)
    return {
      id: `unhealthy:${name}`,
      text: `${name}: an answer of ${failed.value.status} tells nothing of how fast the service works`,
    }
  const all = samples.map(({ value }) => value.timings.firstByteMs)
  // A late observer only ever adds to a time: what is within the limit all the same is within the limit.
  const exact = samples
    .filter(({ observerDelay }) => observerDelay.max <= limit / 4)
    .map(({ value }) => value.timings.firstByteMs)
  const isFast = median(all) <= limit
  const used = isFast ? all : exact
  if (used.length < LEAST_SAMPLES)
    return {
      id: 'observer:slow',
      text: `${name}: the observing process was late by more than a quarter of the limit of ${limit} ms in ${all.length - exact.length} of ${all.length} answers; run the suite on a less busy machine`,
    }
  const value = median(used)
  measure({ name, unit: 'ms', value, limit, sampleCount: used.length, series: [] })
  return value
}
