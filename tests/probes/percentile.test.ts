import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { latencyOf, type Point, percentile, samplesNeeded, thinned } from '../../src/probes/percentile.ts'

describe('percentile', () => {
  it('is the nearest rank', () => {
    const ascending = Array.from({ length: 100 }, (_, index) => index + 1)
    expect([50, 95, 99, 100].map((percent) => percentile(ascending, percent))).toEqual([50, 95, 99, 100])
    expect(percentile([7], 95)).toBe(7)
    expect(percentile([1, 2], 50)).toBe(1)
    expect(percentile([1, 2], 51)).toBe(2)
  })

  it('refuses to speak of no samples', () => {
    expect(() => percentile([], 95)).toThrow(RangeError)
    expect(latencyOf([])).toBeNull()
  })

  it('is a sample that at least so many samples do not exceed', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1 }), fc.integer({ min: 1, max: 100 }), (samples, percent) => {
        const ascending = samples.toSorted((a, b) => a - b)
        const value = percentile(ascending, percent)
        const notAbove = ascending.filter((sample) => sample <= value).length
        expect(ascending).toContain(value)
        expect(notAbove * 100).toBeGreaterThanOrEqual(percent * ascending.length)
      }),
    )
  })
})

describe('samplesNeeded', () => {
  it('is 5 / (1 - p), without the noise of floating point', () => {
    expect([50, 90, 95, 99].map((percent) => samplesNeeded(percent as 50))).toEqual([10, 50, 100, 500])
  })
})

describe('latencyOf', () => {
  it('takes samples in any order', () => {
    expect(latencyOf([3, 1, 2])).toEqual({ samples: 3, p50: 2, p90: 3, p95: 3, p99: 3, max: 3 })
  })
})

describe('thinned', () => {
  it('leaves a short series as it is', () => {
    expect(thinned([[0, 5]])).toEqual([[0, 5]])
  })

  it('keeps the peaks of a long one, in order of time', () => {
    const series = Array.from({ length: 1_003 }, (_, index): Point => [index, index === 777 ? 99 : 1]).reverse()
    const points = thinned(series, 100)
    expect(points).toHaveLength(100)
    expect(points).toContainEqual([777, 99])
    expect(points.map(([at]) => at)).toEqual(points.map(([at]) => at).toSorted((a, b) => a - b))
  })
})
