import { describe, expect, it } from 'vitest'
import { renderAnnotations } from '../../src/report/annotations.ts'
import { renderJunit } from '../../src/report/junit.ts'
import { renderMarkdown } from '../../src/report/markdown.ts'
import { reportSchema } from '../../src/report/model.ts'
import { endOfRun } from '../../src/report/terminal.ts'
import { entry, partialReport, sampleReport } from '../support/sample-report.ts'

const DIRECTORY = 'reports/2026-11-24T10-15-00Z-staging'
const STEERING = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/

it('the samples are reports', () => {
  expect(reportSchema.parse(sampleReport())).toEqual(sampleReport())
  expect(reportSchema.parse(partialReport())).toEqual(partialReport())
})

describe('endOfRun', () => {
  it('tells failures, blind spots by cause, counts and the verdict', async () => {
    const text = endOfRun(sampleReport(), { colour: false, directory: DIRECTORY })
    await expect(text).toMatchFileSnapshot('golden/terminal.txt')
    expect(text).not.toMatch(STEERING)
  })

  it('says of a partial run that it is one', async () => {
    await expect(endOfRun(partialReport(), { colour: false, directory: DIRECTORY })).toMatchFileSnapshot(
      'golden/terminal-partial.txt',
    )
  })

  it('says the verdict and where the report is when quiet', () => {
    const text = endOfRun(sampleReport(), { colour: false, directory: DIRECTORY, quiet: true })
    expect(text).toContain(`report: ${DIRECTORY}/index.html\n`)
    expect(text).not.toContain('✗')
  })

  it('tells the gravest of many failures in full and names the rest', () => {
    const checks = Array.from({ length: 30 }, (_, index) => entry({ id: `PRE-${index + 10}`, outcome: 'failed' }))
    const text = endOfRun(
      sampleReport((sample) => ({ ...sample, checks })),
      { colour: false, directory: DIRECTORY },
    )
    expect(text.match(/^ {2}do:/gm)).toHaveLength(10)
    expect(text).toContain('20 more failed, told in the report:\n  ✗ PRE-20 major')
  })

  it('colours where asked, and the text stays the same', () => {
    const coloured = endOfRun(sampleReport(), { colour: true, directory: DIRECTORY })
    expect(coloured).toContain('\u001b[31m')
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(endOfRun(sampleReport(), { colour: false, directory: DIRECTORY }))
  })
})

describe('renderMarkdown', () => {
  it('tells failures first', async () => {
    await expect(renderMarkdown(sampleReport())).toMatchFileSnapshot('golden/summary.md.txt')
  })

  it('lets no text of a target become markup', () => {
    const reason = '# h\n- x **b** <img src=x> [a](b) @all #7 `c` | https://x'
    const report = sampleReport((sample) => ({
      ...sample,
      checks: [entry({ id: 'PRE-01', title: reason, outcome: 'pending', reason })],
      target: { ...sample.target, environment: reason, notes: [reason] },
    }))
    const text = renderMarkdown(report)
    expect(text).not.toContain('<img')
    expect(text).not.toContain('**b**')
    expect(text).not.toMatch(/@all|#7|\n# h|https:\/\//)
  })

  it('fences an answer that holds fences', () => {
    const report = sampleReport((sample) => ({
      ...sample,
      checks: [entry({ id: 'PRE-01', outcome: 'failed', failure: { message: 'a\n````\nb', expected: '', actual: '' } })],
    }))
    expect(renderMarkdown(report)).toContain('`````text\na\n````\nb\n`````')
  })

  it('stays below what a job summary may hold', () => {
    const report = sampleReport((sample) => ({
      ...sample,
      checks: Array.from({ length: 500 }, (_, index) =>
        entry({ id: `PRE-${index}`, outcome: 'failed', failure: { message: 'x'.repeat(10_000), expected: '', actual: '' } }),
      ),
    }))
    expect(Buffer.byteLength(renderMarkdown(report))).toBeLessThan(1_000_000)
  })
})

describe('renderJunit', () => {
  it('has a suite for each suite and a case for each line', async () => {
    const xml = renderJunit(sampleReport())
    await expect(xml).toMatchFileSnapshot('golden/junit.xml')
    expect(xml).not.toMatch(STEERING)
    expect(xml).not.toContain(']]>')
  })

  it('counts a line that was not reached as an error and leaves out what was not selected', () => {
    const xml = renderJunit(partialReport())
    expect(xml).toContain('<error type="not-reached"')
    expect(xml).toContain('tests="9" failures="1" errors="5" skipped="2"')
    expect(xml).toContain('name="PARTIAL: 9 of 14 lines (--suite=preflight) — runbook on staging"')
  })
})

describe('renderAnnotations', () => {
  it('is one escaped command for each failure and cause', async () => {
    await expect(renderAnnotations(sampleReport())).toMatchFileSnapshot('golden/annotations.txt')
  })

  it('lets no text of a target become a command', () => {
    const failure = { message: 'a\n::set-output name=x::y\r%0A', expected: '', actual: '' }
    const text = renderAnnotations(
      sampleReport((sample) => ({ ...sample, checks: [entry({ id: 'PRE-01', outcome: 'failed', failure })] })),
    )
    expect(text.trimEnd().split('\n')).toHaveLength(1)
  })

  it('says how many more there are than are shown', () => {
    const checks = Array.from({ length: 12 }, (_, index) => entry({ id: `PRE-${index}`, outcome: 'failed' }))
    const lines = renderAnnotations(sampleReport((sample) => ({ ...sample, checks })))
      .trimEnd()
      .split('\n')
    expect(lines).toHaveLength(10)
    expect(lines.at(-1)).toBe('::error title=3 more::see summary.md or index.html of the run')
  })
})
