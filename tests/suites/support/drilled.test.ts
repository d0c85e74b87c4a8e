import { describe, expect, it } from 'vitest'
import { NotApplicable, Unobserved } from '../../../src/outcome.ts'
import { loadTarget } from '../../../src/targets/load.ts'
import { Target } from '../../../src/targets/target.ts'
import { drilled, furtherDrills } from '../../../suites/support/drilled.ts'

describe('the drill of a target', () => {
  it('is held in every store that the target has', () => {
    expect(drilled(new Target(loadTarget('embedded'))).access.operation).toMatch(/^drill in databases of its own: /)
    const ephemeral = drilled(new Target(loadTarget('ephemeral')))
    expect(ephemeral.access.operation).toMatch(/^drill in containers, images, databases, topics, and keys of its own: /)
    expect(ephemeral.access.reproduce).toContain('--drill=corrupting-migration --target=ephemeral')
  })

  it.each(['kafka', 'redis'])('is not held without the %s that should run', (part) => {
    const spec = loadTarget('ephemeral')
    const lame = new Target({ ...spec, parts: { ...spec.parts, [part]: { root: part, failed: `${part} died` } } })
    expect(() => drilled(lame)).toThrow(Unobserved)
    expect(() => drilled(lame)).toThrow(`${part} died`)
  })

  it('is the first that it lists; the others are told apart by what they are about', () => {
    const target = new Target({ ...loadTarget('ephemeral'), drills: ['slow', 'leaks-memory', 'disk-full'] })
    expect(drilled(target).access.operation).toContain('bad by "slow"')
    expect(Object.keys(furtherDrills(target, 'release'))).toEqual(['leaks-memory'])
    expect(furtherDrills(target, 'trouble')['disk-full']?.access.operation).toContain('with the disk full during restore')
  })

  it('has no others where it lists one, and none where it lists none', () => {
    const spec = loadTarget('embedded')
    expect(() => furtherDrills(new Target(spec), 'release')).toThrow(/--drill=all holds them all/)
    expect(() => furtherDrills(new Target(spec), 'trouble')).toThrow(NotApplicable)
    expect(() => drilled(new Target({ ...spec, drills: [] }))).toThrow(/lists no drill/)
  })

  it('that takes a memory limit is skipped where there are no containers', () => {
    const target = new Target({ ...loadTarget('embedded'), drills: ['leaks-memory'] })
    expect(() => drilled(target)).toThrow(/needs containers; --target=ephemeral has them/)
  })
})
