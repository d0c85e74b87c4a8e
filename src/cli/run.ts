import { renderAnnotations } from '../report/annotations.ts'
import { endOfMatrixRun, matrixOf, worstExitCode, writeMatrix } from '../report/matrix.ts'
import type { Report } from '../report/model.ts'
import { endOfRun } from '../report/terminal.ts'
import { listenForInterruption } from './interrupt.ts'
import { type Job, targetWords } from './job.ts'
import { lookAt } from './look-at.ts'
import { type Progress, startProgress } from './progress.ts'
import { finishReport, openStore, prepare, type TargetRun } from './target-run.ts'

export interface RunOptions {
  /** How many targets are looked at at the same time. */
  readonly atOnce: number
}

/**
 * Runs the selected lines on each target and returns the exit code: of several, the gravest.
 * @throws UsageError, ReportError before anything is touched; ReportError where a report could not be written.
 */
export async function runTargets(jobs: readonly Job[], { atOnce }: RunOptions): Promise<number> {
  const startedAt = new Date()
  const prepared = await Promise.all(jobs.map((job) => prepare(job, startedAt)))
  process.stdout.write(firstLines(jobs, atOnce))
  const runs = await Promise.all(prepared.map((one) => openStore(one, jobs.length)))
  const colour = coloured(jobs)
  const progress = startProgress({ stream: process.stdout, total: lookingCount(jobs), quiet: isQuiet(jobs), colour })
  const interruption = listenForInterruption()
  try {
    await lookAt(runs, { atOnce, progress, signal: interruption.signal })
    const ends = await finish(runs, progress, interruption.signal.aborted)
    for (const { report } of ends) if (process.env.GITHUB_ACTIONS === 'true') process.stdout.write(renderAnnotations(report))
    const failed = ends.find(({ error }) => error !== undefined)
    if (failed !== undefined) throw failed.error
    return worstExitCode(ends.map(({ report }) => report.run.exitCode ?? 3))
  } finally {
    interruption.stop()
  }
}

/** How one target's part ended, and what kept its report from being written. */
interface End {
  readonly report: Report
  readonly directory: string
  readonly error: unknown
}

/** Writes every report that can be written, and says what was found also of the others. */
async function finish(runs: readonly TargetRun[], progress: Progress, interrupted: boolean): Promise<End[]> {
  const reports = runs.map((run) => ({ run, report: finishReport(run, interrupted) }))
  progress.finish()
  const ends: End[] = []
  for (const { run, report } of reports) {
    const [written] = await Promise.allSettled([run.store.finish(report)])
    ends.push({ report, directory: run.store.directory, error: written.status === 'rejected' ? written.reason : undefined })
  }
  const [first] = ends
  const jobs = runs.map(({ job }) => job)
  const look = { colour: coloured(jobs), quiet: isQuiet(jobs) }
  if (first !== undefined && ends.length === 1)
    process.stdout.write(endOfRun(first.report, { ...look, directory: first.directory }))
  else await finishMatrix(ends, jobs[0]?.options.out ?? '', look)
  return ends
}

async function finishMatrix(ends: readonly End[], out: string, look: { colour: boolean; quiet: boolean }): Promise<void> {
  const matrix = matrixOf(ends, out)
  const [written] = await Promise.allSettled([writeMatrix(matrix, out)])
  process.stdout.write(endOfMatrixRun(matrix, { ...look, out }))
  if (written.status === 'rejected') throw written.reason
}

function firstLines(jobs: readonly Job[], atOnce: number): string {
  const selections = [...new Set(jobs.map(({ selection }) => selection))].filter((selection) => selection !== '')
  const several = jobs.length === 1 ? [] : [`${jobs.length} targets, ${Math.min(atOnce, jobs.length)} at once`]
  return `${[...selections, ...several, ...jobs.map(targetWords)].join('\n')}\n`
}

function lookingCount(jobs: readonly Job[]): number {
  return jobs.flatMap(({ planned }) => planned.filter(({ fate }) => fate === 'look')).length
}

function isQuiet(jobs: readonly Job[]): boolean {
  return jobs.some(({ options }) => options.quiet)
}

function coloured(jobs: readonly Job[]): boolean {
  const isWanted = jobs.every(({ options }) => !options['no-color']) && process.env.NO_COLOR === undefined
  return isWanted && process.stdout.isTTY === true
}
