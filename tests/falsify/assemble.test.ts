import { describe, expect, it } from 'vitest'
import { assemble } from '../../src/falsify/assemble.ts'
import type { Exemptions } from '../../src/falsify/catalogue.ts'
import { cellsOf, faultProblems, healthyProblems } from '../../src/falsify/compare.ts'
import type { SeenLine, Sight } from '../../src/falsify/protocol.ts'
import { inWords } from '../../src/falsify/words.ts'
import { falsificationSchema } from '../../src/report/falsification.ts'
import { renderFalsification } from '../../src/report/html/falsification.ts'
import { someFault } from './fault.ts'

const AT = '2026-01-02T03:04:05.000Z'
const NOBODY: Exemptions = { red: [], unobserved: [], healthy: [], within: [] }
const fault = someFault({ failed: ['A-1'], unobserved: ['A-2'] })

const seen = (id: string, outcome: SeenLine['outcome'], cause: string | null = null): SeenLine => ({
  id,
  outcome,
  cause,
  reason: `<b>${id}</b>`,
  durationMs: 1,
  limits: [],
})
const sight = (lines: SeenLine[], problems: string[] = []): Sight => ({
  fault: fault.id,
  at: AT,
  ms: 5,
  problems,
  usable: true,
  lines,
})
const kinds = (lines: SeenLine[], problems: string[] = []): string[] => {
  const one = sight(lines, problems)
  return faultProblems(fault, one, cellsOf(fault, one, [])).map(({ kind }) => kind)
}
const right = [seen('A-1', 'failed'), seen('A-2', 'unobserved', 'unreachable:x'), seen('A-3', 'passed')]

describe('what a fault did', () => {
  it('is right where exactly the named lines noticed it', () => expect(kinds(right)).toEqual([]))

  it.each([
    ['green though broken', [seen('A-1', 'passed')]],
    ['green though broken', [seen('A-2', 'passed')]],
    ['red though unexpected', [seen('A-3', 'failed')]],
    ['unobserved though unexpected', [seen('A-3', 'unobserved', 'secret:x')]],
    ['another outcome than expected', [seen('A-1', 'unobserved', 'secret:x')]],
    ['another outcome than expected', [seen('A-3', 'skipped')]],
  ])('is wrong: %s', (kind, lines) => expect(kinds(lines)).toEqual([kind]))

  it('is wrong where the fault did not land or would not go', () =>
    expect(kinds(right, ['it changed nothing on the target'])).toEqual(['fault does not work']))

  it('says nothing where the observer was too slow and green was due, and is wrong where red was', () => {
    expect(kinds([seen('A-3', 'unobserved', 'observer:slow')])).toEqual([])
    expect(kinds([seen('A-1', 'unobserved', 'observer:slow')])).toEqual(['another outcome than expected'])
  })
})

describe('a healthy target', () => {
  it('must be green, excuses aside', () => {
    const one = sight([seen('A-1', 'failed'), seen('A-2', 'unobserved'), seen('A-3', 'passed')])
    expect(healthyProblems(one, ['A-2']).map(({ line }) => line)).toEqual(['A-1'])
  })
})

describe('the matrix', () => {
  const lines = ['A-1', 'A-2', 'A-3'].map((id) => ({ id, suite: 'preflight', systems: ['host'], loud: undefined }))
  const one = sight(right)
  const tried = [{ fault, at: AT, ms: 5, cells: cellsOf(fault, one, []), problems: [] }]
  const limits = new Map([['A-3', ['some.limit']]])
  const assembling = {
    target: 'embedded' as const,
    others: [],
    falsified: { tried, problems: [], lines, limits },
    lines,
    exempt: NOBODY,
    catalogue: [],
    selection: '',
    startedAt: new Date(AT),
    commit: 'abc',
    targets: 2,
    earlier: undefined,
  }

  it('tells which line was never seen red, never seen blind, and whose limit was never tried', () => {
    const [run] = assemble(assembling).runs
    expect(run?.holds).toBe(false)
    expect(run?.problems.map(({ kind, line }) => `${kind}: ${line}`)).toEqual([
      'never seen red: A-2',
      'never seen red: A-3',
      'never seen unobserved: A-1',
      'never seen unobserved: A-3',
      'limit never tried from within: A-3',
    ])
  })

  it('remembers when and by which fault a line was last seen red, over partial runs as well', () => {
    const whole = assemble(assembling)
    expect(whole.lines[0]?.lastSeenRed).toEqual({ fault: 'some-fault', target: 'embedded', at: AT })
    const partial = assemble({
      ...assembling,
      falsified: { tried: [], problems: [], lines, limits },
      selection: 'PARTIAL: 0 of 1 faults',
      earlier: whole,
    })
    expect(partial.lines[0]?.lastSeenRed).toEqual({ fault: 'some-fault', target: 'embedded', at: AT })
    expect(partial.runs[0]?.problems).toEqual([])
  })

  it('keeps what the last run of another kind of target left, and asks of this one only what is shown on no other', () => {
    const elsewhere = [
      { name: 'ephemeral', lines, faults: [someFault({ failed: ['A-2', 'A-3'], unobserved: ['A-1', 'A-3'], within: ['A-3'] })] },
    ]
    const first = assemble({ ...assembling, others: elsewhere })
    expect(first.runs[0]?.problems).toEqual([])
    const second = assemble({ ...assembling, target: 'ephemeral', others: elsewhere, earlier: first })
    expect(second.runs.map(({ target }) => target)).toEqual(['ephemeral', 'embedded'])
    expect(second.lines[0]?.lastSeenRed?.target).toBe('ephemeral')
  })

  it('is data of its schema, and a page in which nothing is markup but our own', () => {
    const falsification = assemble(assembling)
    expect(falsificationSchema.parse(JSON.parse(JSON.stringify(falsification)))).toEqual(falsification)
    const page = renderFalsification(falsification)
    expect(page).toContain('A-1')
    expect(page).not.toContain('<b>')
    expect(page).toContain('✓ some-fault: Something is broken. → red: A-1 · unobserved: A-2')
    expect(inWords(falsification)).toContain('DOES NOT HOLD: 5 problems')
  })
})
