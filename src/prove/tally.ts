import type { CheckEntry, Report } from '../report/model.ts'

/** One run of the proof. */
export interface ProvedRun {
  /** From 1. */
  readonly number: number
  readonly seconds: number
  /** null: ended by a signal. */
  readonly exitCode: number | null
  /** Where it printed to and keeps its report. */
  readonly directory: string
  /** undefined: it ended without one, for the reason. */
  readonly report: Report | undefined
  readonly reason: string
}

/** One row for a run: its verdict, how long it took, and how many lines ended how. */
export function runWords({ number, seconds, exitCode, directory, report, reason }: ProvedRun, of: number): string {
  const ended = exitCode === null ? 'ended by a signal' : `exit ${exitCode}`
  const head = `run ${number}/${of}  ${seconds.toFixed(1).padStart(6)} s  ${ended}`
  if (report === undefined) return `${head}  no report: ${reason} (see ${directory})`
  const counts = Object.entries(report.counts).filter(([, count]) => count > 0)
  return `${head}  ${report.verdict}  ${counts.map(([outcome, count]) => `${count} ${outcome}`).join(', ')}`
}

/** What all runs found together: every failed line is a false alarm, as the target is one where all holds. */
export function tallyText(runs: readonly ProvedRun[], wanted: number): string {
  const failed = linesThat('failed', runs)
  const unobserved = linesThat('unobserved', runs)
  const noReport = runs.filter(({ report }) => report === undefined).map(({ number }) => `run ${number}`)
  const green = runs.filter(({ exitCode }) => exitCode === 0).length
  return [
    `${green} of ${wanted} runs ended with 0${runs.length < wanted ? `; ${wanted - runs.length} did not take place` : ''}`,
    ...(noReport.length > 0 ? [`without a report: ${noReport.join(', ')}`] : []),
    ...section('false alarms', failed),
    ...section('unobserved', unobserved),
  ].join('\n')
}

/** 0: every run ended with 0; 1: a line failed or a run left no report; 3: otherwise, as after an inconclusive run. */
export function proofExitCode(runs: readonly ProvedRun[]): 0 | 1 | 3 {
  if (linesThat('failed', runs).length > 0 || runs.some(({ report }) => report === undefined)) return 1
  return runs.length > 0 && runs.every(({ exitCode }) => exitCode === 0) ? 0 : 3
}

interface Found {
  readonly id: string
  readonly text: string
}

function linesThat(outcome: CheckEntry['outcome'], runs: readonly ProvedRun[]): Found[] {
  const found = new Map<string, { title: string; runs: number[]; reasons: Set<string> }>()
  for (const { number, report } of runs) {
    for (const entry of report?.checks.filter((one) => one.outcome === outcome) ?? []) {
      const line = found.get(entry.id) ?? { title: entry.title, runs: [], reasons: new Set() }
      line.runs.push(number)
      line.reasons.add(firstLine(entry.failure?.message ?? entry.cause?.text ?? entry.reason))
      found.set(entry.id, line)
    }
  }
  return [...found].map(([id, line]) => ({
    id,
    text: `${id} in ${numbers(line.runs, runs.length)}: ${line.title}\n    ${[...line.reasons].join('\n    ')}`,
  }))
}

function section(name: string, lines: readonly Found[]): string[] {
  return lines.length === 0 ? [`${name}: none`] : [`${name}: ${lines.length}`, ...lines.map(({ text }) => `  ${text}`)]
}

function numbers(list: readonly number[], all: number): string {
  if (list.length === all) return 'every run'
  return `run${list.length === 1 ? '' : 's'} ${list.join(', ')}`
}

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0] ?? ''
}
