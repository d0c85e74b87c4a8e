import { describe, expect, it } from 'vitest'
import { effectsAllowed } from '../../src/cli/allow.ts'
import { EFFECTS, type Effect } from '../../src/effect.ts'
import { loadTarget } from '../../src/targets/load.ts'

const live = (allow: Effect[], environment = 'staging') => ({ ...loadTarget('tests/support/target.yaml'), allow, environment })

describe('the effects of a run', () => {
  it('are all on a disposable target', () => {
    expect(effectsAllowed({ ...live(['read']), kind: 'embedded' }, [])).toEqual([...EFFECTS])
  })

  it('are what the file of a live target says', () => {
    expect(effectsAllowed(live(['read']), [])).toEqual(['read'])
    expect(effectsAllowed(live(['exec', 'synthetic-write']), [])).toEqual(['read', 'exec', 'synthetic-write'])
  })

  it('need the flag besides the file for load, copy-data and drill', () => {
    const spec = live(['load', 'copy-data', 'drill'])
    expect(effectsAllowed(spec, [])).toEqual(['read'])
    expect(effectsAllowed(spec, ['load', 'drill'])).toEqual(['read', 'load', 'drill'])
  })

  it('are narrowed by the flag', () => {
    expect(effectsAllowed(live(['exec', 'synthetic-write']), ['exec'])).toEqual(['read', 'exec'])
    expect(effectsAllowed(live(['exec', 'synthetic-write']), ['read'])).toEqual(['read'])
  })

  it('are never widened by the flag', () => {
    expect(() => effectsAllowed(live(['read']), ['load'])).toThrow(
      '--allow=load: the file of target every-part does not allow load; it allows read',
    )
  })

  it('never include a drill in production', () => {
    expect(() => effectsAllowed(live(['drill'], 'production'), [])).toThrow(
      'drill is never allowed where environment is production',
    )
    expect(() => effectsAllowed(live(['read'], 'production'), ['drill'])).toThrow(
      'drill is never allowed where environment is production',
    )
  })
})
