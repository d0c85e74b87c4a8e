import { describe, expect, it } from 'vitest'
import { recoveryPhases } from '../../src/procedures/recovery-phases.ts'

describe('recoveryPhases', () => {
  it('takes each part from the end of what went before, up to the first correct hook', () => {
    const marks = [
      { name: 'check inputs', at: 1_010 },
      { name: 'restore database', at: 1_200 },
      { name: 'validate', at: 1_900 },
    ]
    expect(recoveryPhases(1_000, marks, 1_500)).toEqual([
      { name: 'check inputs', ms: 10 },
      { name: 'restore database', ms: 190 },
      { name: 'first correct hook', ms: 300 },
    ])
  })

  it('is one part where nothing was done before', () => {
    expect(recoveryPhases(1_000, [], 1_500)).toEqual([{ name: 'first correct hook', ms: 500 }])
  })
})
