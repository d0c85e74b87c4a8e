import { describe, expect, it } from 'vitest'
import { Unobserved } from '../../../src/outcome.ts'
import { loadTarget } from '../../../src/targets/load.ts'
import { Target } from '../../../src/targets/target.ts'
import { drilled } from '../../../suites/support/drilled.ts'

describe('the drill of a target', () => {
  it('is held in every store that the target has', () => {
    expect(drilled(new Target(loadTarget('embedded'))).access.operation).toMatch(/^drill in databases of its own: /)
    const ephemeral = drilled(new Target(loadTarget('ephemeral')))
    expect(ephemeral.access.operation).toMatch(/^drill in databases, a topic, and keys of its own: /)
    expect(ephemeral.access.reproduce).toContain('--target=ephemeral')
  })

  it.each(['kafka', 'redis'])('is not held without the %s that should run', (part) => {
    const spec = loadTarget('ephemeral')
    const lame = new Target({ ...spec, parts: { ...spec.parts, [part]: { root: part, failed: `${part} died` } } })
    expect(() => drilled(lame)).toThrow(Unobserved)
    expect(() => drilled(lame)).toThrow(`${part} died`)
  })
})
