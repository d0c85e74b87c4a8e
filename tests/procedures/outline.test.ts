import { describe, expect, expectTypeOf, it } from 'vitest'
import { type Bodies, type Outline, withBodies } from '../../src/procedures/outline.ts'
import { BACKUP, DEPLOY, ROLLBACK } from '../../src/procedures/outlines.ts'

const OUTLINE = {
  name: 'test',
  again: 'again',
  steps: [
    { name: 'one', describe: 'One.', requires: 'Room.', whenItFails: 'mend it' },
    { name: 'two', describe: 'Two.', becomes: 'Ready.', whenItFails: 'mend it' },
  ],
} as const satisfies Outline

describe('an outline', () => {
  it('gives every step its body, in its own order', () => {
    const bodies: Bodies<typeof OUTLINE, string, string> = {
      two: { run: 'run two', verify: 'verify two' },
      one: { run: 'run one', precondition: 'look at one' },
    }
    expect(withBodies(OUTLINE, bodies)).toEqual([
      { ...OUTLINE.steps[0], run: 'run one', precondition: 'look at one' },
      { ...OUTLINE.steps[1], run: 'run two', verify: 'verify two' },
    ])
  })

  it('takes no body that lacks what the outline promises (a matter of types), and tells one that is missing', () => {
    interface Promised {
      readonly one: { readonly run: string; readonly precondition: string }
      readonly two: { readonly run: string; readonly verify: string }
    }
    expectTypeOf<Promised>().toExtend<Bodies<typeof OUTLINE, string, string>>()
    expectTypeOf<{ one: Promised['one']; two: { run: string } }>().not.toExtend<Bodies<typeof OUTLINE, string, string>>()
    expectTypeOf<{ one: Promised['one'] }>().not.toExtend<Bodies<typeof OUTLINE, string, string>>()
    expect(() => withBodies(OUTLINE as Outline, {})).toThrow('test: the step "one" has no body')
  })

  it.each([BACKUP, DEPLOY, ROLLBACK] as readonly Outline[])(
    'of the $name names each step once and says what to do when it fails',
    ({ steps }) => {
      expect(new Set(steps.map(({ name }) => name)).size).toBe(steps.length)
      for (const { describe: sentence, whenItFails } of steps) {
        expect(sentence).toMatch(/^[A-Z].*\.$/)
        expect(whenItFails).toMatch(/^\S.{8,}[^.]$/)
      }
    },
  )
})
