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
    `false alarms: ${failed.length || 'none'}`,
    ...failed.map((line) => failedWords(line, runs.length)),
    `unobserved: ${unobserved.length || 'none'}`,
    ...unobservedWords(unobserved, runs.length),
  ].join('\n')
}

/** 0: every run ended with 0; 1: a line failed or a run left no report; 3: otherwise, as after an inconclusive run. */
export function proofExitCode(runs: readonly ProvedRun[]): 0 | 1 | 3 {
  if (linesThat('failed', runs).length > 0 || runs.some(({ report }) => report === undefined)) return 1
  return runs.length > 0 && runs.every(({ exitCode }) => exitCode === 0) ? 0 : 3
}

/** A line that ended so in at least one run. */
interface Found {
  readonly id: string
  readonly title: string
  readonly runs: number[]
  readonly reasons: Set<string>
}

function linesThat(outcome: CheckEntry['outcome'], runs: readonly ProvedRun[]): Found[] {
  const found = new Map<string, Found>()
  for (const { number, report } of runs) {
    for (const { id, title, failure, cause, reason } of report?.checks.filter((one) => one.outcome === outcome) ?? []) {
      const line = found.get(id) ?? { id, title, runs: [], reasons: new Set<string>() }
      line.runs.push(number)
      line.reasons.add(firstLine(failure?.message ?? cause?.text ?? reason))
      found.set(id, line)
    }
  }
  return [...found.values()]
}

function failedWords({ id, title, runs, reasons }: Found, of: number): string {
  return [`  ${id} in ${numbers(runs, of)}: ${title}`, ...[...reasons].map((reason) => `    ${reason}`)].join('\n')
}

/** One cause may keep hundreds of lines from being looked at: it is said once, before the lines. */
function unobservedWords(lines: readonly Found[], of: number): string[] {
  const groups = Map.groupBy(lines, ({ runs, reasons }) => `  in ${numbers(runs, of)}: ${[...reasons].join('; ')}`)
  return [...groups].map(([head, group]) => `${head}\n    ${group.map(({ id }) => id).join(', ')}`)
}

function numbers(list: readonly number[], of: number): string {
  if (list.length === of) return 'every run'
  return `run${list.length === 1 ? '' : 's'} ${list.join(', ')}`
}

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0] ?? ''
}
