import { describe, expect, it } from 'vitest'
import { LineCourse } from '../../src/cli/line-course.ts'
import { mostRounds } from '../../src/cli/settling.ts'

const AT = '2026-11-24T10:15:00.000Z'
const ended = (outcome: 'passed' | 'failed' | 'unobserved' | 'skipped') => ({ id: 'PRE-01', outcome, reason: outcome })

describe('LineCourse', () => {
  it('knows a worse moment from a better one, and from another as bad', () => {
    const course = new LineCourse(ended('passed'), new Date(AT))
    const worse = (['unobserved', 'passed', 'unobserved', 'failed', 'unobserved', 'failed'] as const).map((outcome) =>
      course.changed(ended(outcome), AT),
    )
    expect(worse).toEqual([true, false, false, true, false, false])
  })

  it('keeps the first fifty changes of a line that flaps and counts the others', () => {
    const course = new LineCourse(ended('passed'), new Date(AT))
    for (let look = 0; look < 60; look += 1) {
      course.lookedAgain()
      course.changed(ended(look % 2 === 0 ? 'failed' : 'passed'), AT)
    }
    expect(course.settled).toMatchObject({ looks: 61, more: 11 })
    expect(course.settled.changes).toHaveLength(50)
  })
})

describe('mostRounds', () => {
  it.each([
    [{ forMs: 600_000, everyMs: 15_000 }, 41],
    [{ forMs: 1_000, everyMs: 15_000 }, 2],
    [{ forMs: 86_400_000, everyMs: 1_000 }, 1_000],
  ])('%j is at most %i looks', (settle, rounds) => {
    expect(mostRounds(settle)).toBe(rounds)
  })
})
