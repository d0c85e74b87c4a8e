import { describe, expect, it } from 'vitest'
import { renderHtml } from '../../src/report/html/page.ts'
import { renderJunit } from '../../src/report/junit.ts'
import { renderMarkdown } from '../../src/report/markdown.ts'
import { type CheckEntry, type Report, reportSchema, type Settled } from '../../src/report/model.ts'
import { courseWords, settleSentence } from '../../src/report/settled-words.ts'
import { endOfRun } from '../../src/report/terminal.ts'
import { entry, sampleReport } from '../support/sample-report.ts'

const at = (minute: number): string => `2026-11-24T10:${String(minute).padStart(2, '0')}:07.500Z`

const HEALED: Settled = {
  looks: 41,
  changes: [
    { at: at(15), outcome: 'passed', reason: '' },
    { at: at(24), outcome: 'failed', reason: 'expected 2 restarts to be 0' },
    { at: at(25), outcome: 'passed', reason: '' },
  ],
  more: 0,
}

/** A run that watched for ten minutes: one line failed at minute nine and healed, one stayed. */
function watched(part: Partial<Report> = {}): Report {
  const failed: CheckEntry = entry({
    id: 'POST-03',
    title: 'No container has restarted.',
    suite: 'postdeploy',
    outcome: 'failed',
    reason: 'expected 2 restarts to be 0',
    failure: { message: 'restarts: expected 2 to be +0', expected: '0', actual: '2' },
    settled: HEALED,
  })
  const steady = entry({
    id: 'PRE-01',
    settled: { looks: 41, changes: [{ at: at(15), outcome: 'passed', reason: '' }], more: 0 },
  })
  return sampleReport((sample) => ({
    ...sample,
    checks: [steady, failed],
    settle: { forMs: 600_000, everyMs: 15_000, looks: 40, lastAt: at(25) },
    ...part,
  }))
}

it('the sample is a report', () => {
  expect(reportSchema.parse(watched())).toEqual(watched())
})

describe('what a reader sees of a target that was watched', () => {
  it('on a terminal, after the comparison and with the failure', async () => {
    const text = endOfRun(watched(), { colour: false, directory: 'reports/x' })
    await expect(text).toMatchFileSnapshot('golden/terminal-settled.txt')
  })

  it('in summary.md', async () => {
    await expect(renderMarkdown(watched())).toMatchFileSnapshot('golden/summary-settled.md.txt')
  })

  it('in index.html, in a section of its own, with the failure and in the line’s own place', () => {
    const html = renderHtml(watched())
    expect(html).toContain('<section id="settled"')
    expect(html.match(/Over time: passed 10:15:07 → failed 10:24:07 → passed 10:25:07 UTC, 41 looks\./g)).toHaveLength(1)
    expect(html).toContain('Over time: passed 10:15:07 UTC, 41 looks.')
  })

  it('in junit.xml', () => {
    expect(renderJunit(watched())).toContain('over time: passed 10:15:07 → failed 10:24:07 → passed 10:25:07 UTC, 41 looks')
  })
})

describe('settleSentence', () => {
  it.each([
    [
      {},
      'The reading lines were looked at again 40 times over 10 min 00 s: 1 line changed meanwhile; each is told as its worst moment.',
    ],
    [
      { verdict: 'interrupted' as const },
      'The reading lines were looked at again 40 times until 10:25:07 UTC, short of the 10 min 00 s asked for: 1 line changed meanwhile; each is told as its worst moment.',
    ],
    [
      { checks: [], settle: { forMs: 60_000, everyMs: 15_000, looks: 1, lastAt: at(25) } },
      'The reading lines were looked at again once over 1 min 00 s: no line changed meanwhile.',
    ],
    [
      { checks: [], settle: { forMs: 60_000, everyMs: 15_000, looks: 0, lastAt: null } },
      'Nothing was looked at again, although 1 min 00 s were asked for.',
    ],
  ])('%#', (part, sentence) => {
    expect(settleSentence(watched(part))).toBe(sentence)
  })

  it('says nothing of a run that looked once', () => {
    expect(settleSentence(sampleReport())).toBe('')
  })
})

it('of a line that flaps without end the first changes are told and the others counted', () => {
  expect(courseWords({ ...HEALED, more: 12 })).toMatch(/passed 10:25:07 → and 12 more changes UTC, 41 looks$/)
})
