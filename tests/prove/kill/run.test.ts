import { describe, expect, it } from 'vitest'
import { UsageError } from '../../../src/outcome.ts'
import { momentsOf } from '../../../src/prove/kill/run.ts'
import { parseKilling } from '../../../src/prove/options.ts'

describe('the moments of a proof by killing', () => {
  it('are spread over the whole time, one in each part of it', () => {
    const moments = momentsOf(20, 60_000).toSorted((one, other) => one - other)
    for (const [index, moment] of moments.entries()) {
      expect(moment).toBeGreaterThanOrEqual(index * 3_000)
      expect(moment).toBeLessThan((index + 1) * 3_000)
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
