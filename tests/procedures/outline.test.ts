import { describe, expect, it } from 'vitest'
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

  it('takes neither a missing body nor one too many (a matter of types)', () => {
    // @ts-expect-error: `two` must be verified, because its outline says what it becomes.
    const incomplete: Bodies<typeof OUTLINE, string, string> = { one: { run: '', precondition: '' }, two: { run: '' } }
    // @ts-expect-error: there is no step three.
    const more: Bodies<typeof OUTLINE, string, string> = { ...incomplete, three: { run: '' } }
    expect(withBodies(OUTLINE, more).map(({ name }) => name)).toEqual(['one', 'two'])
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
