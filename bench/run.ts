import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { type Measured, measure, median } from './support/measure.ts'

/** Measures whole runs, from the command to the written report, beside npm starting a script that does nothing. */

interface Subject {
  readonly name: string
  readonly argv: readonly string[]
  readonly limitSeconds: number
}

const PEER: Subject = {
  name: 'npm, a script that does nothing',
  argv: ['exec', '--', 'node', '--eval', '0'],
  limitSeconds: Number.POSITIVE_INFINITY,
}
const SUBJECTS: readonly Subject[] = [
  { name: 'npm test (embedded, drill included)', argv: ['test'], limitSeconds: 10 },
  { name: 'npm test -- --suite=preflight', argv: ['test', '--', '--suite=preflight'], limitSeconds: 3 },
  { name: 'npm test -- --list', argv: ['test', '--', '--list'], limitSeconds: 1 },
  { name: 'npm test -- --plan', argv: ['test', '--', '--plan'], limitSeconds: 1 },
]
const RUNS = Number(process.argv[2] ?? 5)
const MEMORY_LIMIT_MB = 500
const REPORT_LIMIT_BYTES = 1_500_000

const results = new Map<Subject, Measured[]>()
await measure('npm', PEER.argv)
// In turn, so that a machine that slows down slows all of them.
for (let run = 0; run < RUNS; run += 1) {
  for (const subject of [PEER, ...SUBJECTS]) {
    results.set(subject, [...(results.get(subject) ?? []), await measure('npm', subject.argv)])
  }
}

const peer = median((results.get(PEER) ?? []).map(({ seconds }) => seconds))
console.log(`| command (median of ${RUNS}) | seconds | limit | times npm alone | peak memory of all processes | exit codes |`)
console.log('|---|---:|---:|---:|---:|---|')
for (const [{ name, limitSeconds }, runs] of results) {
  const seconds = median(runs.map((run) => run.seconds))
  const memory = median(runs.map((run) => run.peakMegabytes))
  const codes = [...new Set(runs.map(({ exitCode }) => exitCode))].join(', ')
  const limit = Number.isFinite(limitSeconds) ? String(limitSeconds) : ''
  console.log(
    `| ${name} | ${seconds.toFixed(2)} | ${limit} | ${(seconds / peer).toFixed(1)} | ${memory.toFixed(0)} MB (limit ${MEMORY_LIMIT_MB}) | ${codes} |`,
  )
}

const latest = path.join('reports', 'latest')
const bytes = ['index.html', 'report.json', 'junit.xml', 'summary.md'].map((file) => statSync(path.join(latest, file)).size)
const lines = (JSON.parse(readFileSync(path.join(latest, 'report.json'), 'utf8')) as { checks: unknown[] }).checks.length
console.log(
  `\nindex.html ${bytes[0]} bytes (limit ${REPORT_LIMIT_BYTES}), all files ${bytes.reduce((sum, size) => sum + size, 0)} bytes, ${lines} lines`,
)
