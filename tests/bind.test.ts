import { describe, expect, it } from 'vitest'
import { bind } from '../src/bind.ts'
import type { Check } from '../src/check.ts'
import type { Line } from '../src/runbook.ts'

const line = (id: string, changes: Partial<Line> = {}): Line => ({
  id,
  sentence: 'It holds.',
  suite: 'preflight',
  chapter: 'Machine',
  section: 'Section',
  severity: 'critical',
  when: ['before'],
  remedy: 'Mend it.',
  escalation: 1,
  attestedDays: undefined,
  location: `preflight.md:${id}`,
  ...changes,
})

const check = (id: string, changes: Partial<Check> = {}): Check => ({
  id,
  sentence: 'It holds.',
  location: `machine.test.ts:${id}`,
  accesses: () => [],
  run: async () => undefined,
  ...changes,
})

describe('binding', () => {
  it('joins lines and checks in the order of the runbook', () => {
    const bound = bind([line('PRE-02'), line('PRE-01')], [check('PRE-01'), check('PRE-02')])
    expect(bound.map((one) => [one.line.id, one.check?.id])).toEqual([
      ['PRE-02', 'PRE-02'],
      ['PRE-01', 'PRE-01'],
    ])
  })

  it('takes a line that a person signs without a check', () => {
    expect(bind([line('PRE-01', { attestedDays: 90 })], [])[0]?.check).toBeUndefined()
  })

  it.each<[string, Line[], Check[], string]>([
    ['a line without a check', [line('PRE-01')], [], 'preflight.md:PRE-01: PRE-01 has no check'],
    ['an unknown id', [], [check('PRE-09')], 'machine.test.ts:PRE-09: no line of the runbook has the id PRE-09'],
    [
      'a line bound twice',
      [line('PRE-01')],
      [check('PRE-01'), check('PRE-01', { location: 'twin.test.ts:3' })],
      'twin.test.ts:3: PRE-01 is bound already at machine.test.ts:PRE-01',
    ],
    [
      'another wording',
      [line('PRE-01')],
      [check('PRE-01', { sentence: 'It held.' })],
      'machine.test.ts:PRE-01: PRE-01 is worded differently from preflight.md:PRE-01',
    ],
    [
      'a check on a signed line',
      [line('PRE-01', { attestedDays: 9 })],
      [check('PRE-01')],
      'machine.test.ts:PRE-01: PRE-01 is attested',
    ],
  ])('refuses %s, naming file and line', (_, lines, checks, message) => {
    expect(() => bind(lines, checks)).toThrow(message)
  })

  it('names every mistake at once', () => {
    expect(() => bind([line('PRE-01')], [check('PRE-02')])).toThrow(/PRE-01 has no check[\s\S]*PRE-02/)
  })
})
