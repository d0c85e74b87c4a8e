import { describe, expect, it } from 'vitest'
import { UsageError } from '../../../src/outcome.ts'
import { momentsOf } from '../../../src/prove/kill/run.ts'
import { parseKilling } from '../../../src/prove/options.ts'

describe('the moments of a proof by killing', () => {
  it('are spread over the whole time, one in each part of it, and one in ten is at its end', () => {
    const moments = momentsOf(20)
    const shares = moments.filter((moment) => moment !== 'teardown').toSorted((one, other) => one - other)
    expect(moments).toHaveLength(20)
    expect(shares).toHaveLength(18)
    for (const [index, moment] of shares.entries()) {
      expect(moment).toBeGreaterThanOrEqual(index / 18)
      expect(moment).toBeLessThan((index + 1) / 18)
    }
  })
})

describe('the arguments of a proof by killing', () => {
  it('are a count and options of npm test', () => {
    expect(parseKilling([])).toEqual({ kills: 20, flags: [] })
    expect(parseKilling(['3', '--suite=rollback'])).toEqual({ kills: 3, flags: ['--suite=rollback'] })
  })

  it.each([['0'], ['many'], ['3', '4'], ['--out=x'], ['--pressure'], ['--no-such']])('%j is refused', (...argv) => {
    expect(() => parseKilling(argv)).toThrow(UsageError)
  })
})
