import { describe, expect, it } from 'vitest'
import { compare } from '../../src/report/compare.ts'
import { renderHtml } from '../../src/report/html/page.ts'
import { renderMarkdown } from '../../src/report/markdown.ts'
import { type Measurement, type Report, reportSchema } from '../../src/report/model.ts'
import { endOfRun } from '../../src/report/terminal.ts'
import { entry, largeReport, sampleReport } from '../support/sample-report.ts'

const WHERE = 'reports/2026-11-20T10-15-00Z-staging/report.json'
const WRONG = { message: 'wrong', expected: '', actual: '' }
const WAIVER = { justification: 'known', approvedBy: 'somebody', expires: '2027-01-01', risk: 'small' }

function reportOf(checks: Report['checks'], measurements: Measurement[] = []): Report {
  return sampleReport((sample) => ({ ...sample, checks, measurements }))
}

function latency(value: number, samples: readonly number[] = []): Measurement {
  const series = samples.map((sample, index): [number, number] => [index, sample])
  return { id: 'PERF-02/p95', check: 'PERF-02', name: 'p95', unit: 'ms', value, limit: 250, sampleCount: series.length, series }
}

/** A hundred latencies between `from` and twice as much, of which the 95th is the p95. */
function hundred(from: number): Measurement {
  const samples = Array.from({ length: 100 }, (_, index) => from * (1 + index / 100))
  return latency(samples[94] ?? 0, samples)
}

const baseline = reportOf(
  [
    entry({ id: 'A-01' }),
    entry({ id: 'A-02', outcome: 'failed', failure: WRONG }),
    entry({ id: 'A-03', outcome: 'failed', failure: WRONG }),
    entry({ id: 'A-04' }),
    entry({ id: 'A-05', outcome: 'unobserved' }),
    entry({ id: 'A-06', outcome: 'waived', failure: WRONG, waiver: WAIVER }),
    entry({ id: 'A-07' }),
    entry({ id: 'A-08', outcome: 'unobserved' }),
  ],
  [hundred(100)],
)
const after = reportOf(
  [
    entry({ id: 'A-01', outcome: 'failed', failure: WRONG }),
    entry({ id: 'A-02' }),
    entry({ id: 'A-03', outcome: 'failed', failure: WRONG }),
    entry({ id: 'A-04', outcome: 'unobserved' }),
    entry({ id: 'A-05', outcome: 'failed', failure: WRONG }),
    entry({ id: 'A-06', outcome: 'failed', failure: WRONG }),
    entry({ id: 'A-07', outcome: null, reason: 'not reached', evidence: [] }),
    entry({ id: 'A-08', outcome: 'unobserved' }),
    entry({ id: 'A-09', outcome: 'failed', failure: WRONG }),
  ],
  [hundred(200)],
)
const comparison = compare(after, baseline, WHERE)

describe('compare', () => {
  it('tells what is newly wrong, and how it was before', () => {
    expect(comparison.newFailures).toEqual([
      { id: 'A-01', was: 'passed', now: 'failed' },
      { id: 'A-05', was: 'unobserved', now: 'failed' },
      { id: 'A-09', was: null, now: 'failed' },
    ])
    expect(comparison.newlyUnobserved).toEqual([{ id: 'A-04', was: 'passed', now: 'unobserved' }])
  })

  it('tells what is fixed and what still fails, waived then or not', () => {
    expect(comparison.fixed).toEqual([{ id: 'A-02', was: 'failed', now: 'passed' }])
    expect(comparison.stillFailing).toEqual([
      { id: 'A-03', was: 'failed', now: 'failed' },
      { id: 'A-06', was: 'waived', now: 'failed' },
    ])
  })

  it('counts what was judged then and not looked at now', () => {
    expect(comparison.notCompared).toBe(1)
  })

  it('is part of a valid report', () => {
    expect(reportSchema.parse({ ...after, comparison }).comparison).toEqual(comparison)
  })

  it('finds nothing between a report and itself', () => {
    const same = compare(baseline, baseline, WHERE)
    expect(same).toMatchObject({ newFailures: [], fixed: [], newlyUnobserved: [], moved: [], notCompared: 0 })
  })
})

describe('a measurement', () => {
  const moved = (before: Measurement, now: Measurement): number =>
    compare(reportOf([], [now]), reportOf([], [before]), WHERE).moved.length

  it.each([
    ['doubled', hundred(100), hundred(200), 1],
    ['halved', hundred(200), hundred(100), 1],
    ['up by a tenth', hundred(100), hundred(110), 0],
    ['up by a third in a wildly scattered series', latency(300, scattered(300)), latency(400, scattered(400)), 0],
    ['a single time that a busy machine explains', latency(20), latency(60), 0],
    ['a single time beyond that', latency(200), latency(400), 1],
    ['from nought', { ...latency(0), unit: 'hooks' }, { ...latency(3), unit: 'hooks' }, 1],
    ['of another unit', latency(1), { ...latency(900), unit: 's' }, 0],
  ])('%s', (_, before, now, times) => {
    expect(moved(before, now)).toBe(times)
  })
})

/** Forty samples of which a tenth are far above all others, and the value somewhere among those. */
function scattered(value: number): number[] {
  return Array.from({ length: 40 }, (_, index) => (index < 36 ? 20 + index : ([value / 3, value, 1_500, 2_000][index - 36] ?? 0)))
}

describe('the renderers', () => {
  const sample = sampleReport()
  const others = sample.checks.map((one, index) => ({
    ...one,
    outcome: (['passed', 'failed', 'unobserved', 'passed'] as const)[index % 4] ?? null,
    failure: index % 4 === 1 ? WRONG : null,
  }))
  const earlier = {
    ...sample,
    run: { ...sample.run, ticket: 'CHG0041', startedAt: '2026-11-20T10:15:00.000Z' },
    checks: others,
    measurements: sample.measurements.map((one) => ({ ...one, value: one.value / 2, series: [] })),
  }
  const report: Report = { ...sample, comparison: compare(sample, earlier, WHERE) }

  it('the terminal tells it first', async () => {
    const text = endOfRun(report, { colour: false, directory: 'reports/2026-11-24T10-15-00Z-staging' })
    await expect(text).toMatchFileSnapshot('golden/terminal-comparison.txt')
    expect(text.indexOf('since CHG0041')).toBeLessThan(text.indexOf('do:'))
  })

  it('the summary tells it before the failures', () => {
    const text = renderMarkdown(report)
    expect(text).toContain('## What changed')
    expect(text.indexOf('## What changed')).toBeLessThan(text.indexOf('## Failed'))
  })

  it('the page tells it first and links to it', () => {
    const page = renderHtml(report)
    expect(page).toContain('href="#comparison"')
    expect(page.indexOf('<section id="comparison"')).toBeLessThan(page.indexOf('<section id="failed"'))
  })
})

it('compares reports of a whole runbook in far less than 200 ms', () => {
  const large = { ...largeReport(320, 4_000), measurements: Array.from({ length: 100 }, () => hundred(100)) }
  // Of this process alone: others that are busy do not count.
  const started = process.cpuUsage()
  compare(large, large, WHERE)
  const { user, system } = process.cpuUsage(started)
  expect((user + system) / 1_000, 'ms').toBeLessThan(100)
})
