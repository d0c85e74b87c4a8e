/** Latencies in milliseconds, by nearest rank: the smallest sample that at least p % of all samples do not exceed. */
export interface Latency {
  readonly samples: number
  readonly p50: number
  readonly p90: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

/** Percentiles that limits are stated for. */
export type Percentile = 50 | 90 | 95 | 99

/** How many samples a percentile needs before it means anything: 5 / (1 − p), so that five of them lie above it. */
export function samplesNeeded(percent: Percentile): number {
  return Math.ceil((5 * 100) / (100 - percent))
}

/** Nearest rank among samples in ascending order. @throws RangeError where there are none: no samples have no percentile. */
export function percentile(ascending: readonly number[], percent: number): number {
  const rank = Math.max(1, Math.ceil((percent / 100) * ascending.length))
  const value = ascending[rank - 1]
  if (value === undefined) throw new RangeError(`no percentile ${percent} of ${ascending.length} samples`)
  return value
}

/** The percentiles of samples in any order; null where there are none. */
export function latencyOf(samples: readonly number[]): Latency | null {
  if (samples.length === 0) return null
  const ascending = [...samples].sort((a, b) => a - b)
  return {
    samples: ascending.length,
    p50: percentile(ascending, 50),
    p90: percentile(ascending, 90),
    p95: percentile(ascending, 95),
    p99: percentile(ascending, 99),
    max: percentile(ascending, 100),
  }
}

/** A point of a plot: [milliseconds since the start, value]. */
export type Point = [number, number]

/** At most `limit` points for a plot: of each stretch of time the highest, since peaks are what a reader looks for. */
export function thinned(series: readonly Point[], limit = 200): Point[] {
  if (series.length <= limit) return [...series]
  const inOrder = [...series].sort(([a], [b]) => a - b)
  return Array.from({ length: limit }, (_, index) => {
    const stretch = inOrder.slice(
      Math.floor((index * inOrder.length) / limit),
      Math.floor(((index + 1) * inOrder.length) / limit),
    )
    return stretch.reduce((highest, point) => (point[1] > highest[1] ? point : highest))
  })
}
