import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { compare } from '../src/report/compare.ts'
import { renderHtml } from '../src/report/html/page.ts'
import { renderMarkdown } from '../src/report/markdown.ts'
import type { Report } from '../src/report/model.ts'
import { readReport } from '../src/report/read.ts'
import { endOfRun } from '../src/report/terminal.ts'
import { measure, median } from './support/measure.ts'

/** What `--baseline` adds to a run: pairs of the same run with and without it, and the work itself, alone. */

const PAIRS = Number(process.argv[2] ?? 5)
const REPEATS = 20
const LIMIT_MS = 200
const SUBJECT = ['test', '--', '--suite=preflight', '--quiet']

const directory = mkdtempSync(path.join(tmpdir(), 'bench-comparison-'))
try {
  const out = `--out=${directory}`
  await measure('npm', ['test', '--', out, '--quiet'])
  const baseline = path.join(directory, 'latest', 'report.json')
  const whole = path.join(directory, 'whole.json')
  const report = await readReport(baseline)
  // `latest` moves on with each of the runs that follow.
  copyFileSync(baseline, whole)
  const pairs: { readonly without: number; readonly with: number }[] = []
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const without = await measure('npm', [...SUBJECT, out])
    const compared = await measure('npm', [...SUBJECT, out, `--baseline=${whole}`])
    pairs.push({ without: without.seconds * 1_000, with: compared.seconds * 1_000 })
  }
  const alone = await workAlone(report, whole)
  const difference = median(pairs.map((pair) => pair.with - pair.without))
  console.log(`| median of ${PAIRS} pairs, ms | without | with --baseline | difference of the pairs | the work alone | limit |`)
  console.log('|---|---:|---:|---:|---:|---:|')
  console.log(
    `| npm test -- --suite=preflight | ${middle(pairs.map((pair) => pair.without))} | ${middle(pairs.map((pair) => pair.with))} | ${difference.toFixed(0)} | ${alone.toFixed(0)} | ${LIMIT_MS} |`,
  )
  if (alone > LIMIT_MS) process.exitCode = 1
} finally {
  rmSync(directory, { recursive: true, force: true })
}

/** Milliseconds of reading a whole report, comparing another with it, and rendering what changed, beyond rendering without. */
async function workAlone(report: Report, baseline: string): Promise<number> {
  const times: number[] = []
  render(report)
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    const plain = timed(() => render(report))
    const start = performance.now()
    const comparison = compare(report, await readReport(baseline), baseline)
    const compared = performance.now() - start
    times.push(compared + timed(() => render({ ...report, comparison })) - plain)
  }
  return median(times)
}

function render(report: Report): void {
  renderHtml(report)
  renderMarkdown(report)
  endOfRun(report, { colour: false, directory: 'reports/x' })
}

function timed(work: () => void): number {
  const start = performance.now()
  work()
  return performance.now() - start
}

function middle(values: readonly number[]): string {
  return median(values).toFixed(0)
}
