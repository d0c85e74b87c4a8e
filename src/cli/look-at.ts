import type { ReportStore } from '../report/store.ts'
import type { Started } from '../targets/started.ts'
import { diagnose } from './diagnose.ts'
import type { Job } from './job.ts'
import type { Planned } from './plan.ts'
import type { Progress } from './progress.ts'
import type { RunReport } from './run-report.ts'
import { openTarget } from './target.ts'
import { startSuites } from './vitest.ts'
import { openWorkspace } from './workspace.ts'

const CANCEL_MS = 2_000

export interface Running {
  readonly secrets: Readonly<Record<string, string>>
  readonly store: ReportStore
  readonly progress: Progress
  readonly signal: AbortSignal
}

/** Starts the target, lets every planned check look, and stops the target, whatever happens on the way. */
export async function lookAt(job: Job, report: RunReport, running: Running): Promise<void> {
  const looking = job.planned.filter(({ fate }) => fate === 'look')
  if (looking.length === 0) return
  const { secrets, progress, signal } = running
  progress.stage(`starting ${job.spec.name} …`)
  const workspace = await openWorkspace()
  try {
    const { keep } = job.options
    const onProgress = (text: string): void => progress.stage(text)
    const target = await openTarget({ spec: job.spec, secrets, workspace, signal, keep, onProgress })
    if (target.started === undefined) return report.unobservedRest(target.cause)
    if (keep) workspace.keep()
    report.targetStarted(target.started)
    try {
      await runSuites(job, report, { ...running, looking, started: target.started, directory: workspace.directory })
      await explainFailures(job, report, { ...running, looking, started: target.started })
    } finally {
      await stop(target.started, report)
    }
  } finally {
    await workspace.clear()
  }
}

/** What was observed stays observed, also where the target cannot be stopped in good order; the watchdog ends what is left. */
async function stop(started: Started, report: RunReport): Promise<void> {
  try {
    await started.stop()
  } catch (error) {
    report.note(`The target could not be stopped in good order: ${error instanceof Error ? error.message : String(error)}`)
  }
}

interface Looking extends Running {
  readonly looking: readonly Planned[]
  readonly started: Started
}

async function runSuites(job: Job, report: RunReport, looking: Looking & { readonly directory: string }): Promise<void> {
  const { started, store, progress, signal } = looking
  const suites = await startSuites({
    context: {
      runId: report.current.run.id,
      now: report.current.run.startedAt,
      spec: { ...started.spec, allow: job.spec.allow },
      secrets: started.secrets,
      directory: looking.directory,
      selected: looking.looking.map(({ line }) => line.id),
    },
    onResult(result) {
      const entry = report.record(result)
      progress.ended(entry.id, entry.outcome ?? '')
      store.save(report.current)
    },
  })
  const cancel = (): void => void suites.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    await unlessAborted(suites.run(filesOf(looking.looking)), signal)
  } catch (error) {
    // What was observed stays observed; the rest is one blind spot with one cause.
    report.unobservedRest({ id: 'suites', text: error instanceof Error ? error.message : String(error) })
  } finally {
    signal.removeEventListener('abort', cancel)
    await unlessAborted(suites.close(), signal)
  }
}

async function explainFailures(
  job: Job,
  report: RunReport,
  { looking, started, store, progress, signal }: Looking,
): Promise<void> {
  const accesses = failedAccesses(looking, report)
  if (accesses.length === 0 || signal.aborted) return
  progress.stage('collecting what may explain the failures …')
  const { id: runId } = report.current.run
  report.diagnosed(await diagnose({ runId, started, allows: job.spec.allow, accesses, store, signal }))
}

/** What the failed checks were to touch: where to look for an explanation. */
function failedAccesses(looking: readonly Planned[], report: RunReport): Planned['accesses'] {
  const failed = new Set(report.current.checks.filter(({ outcome }) => outcome === 'failed').map(({ id }) => id))
  return looking.flatMap(({ line, accesses }) => (failed.has(line.id) ? accesses : []))
}

/** The work's end, or a moment after the interruption: work that cannot be cancelled may not hold up the report. */
async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise: patience, resolve } = Promise.withResolvers<void>()
  let timer: NodeJS.Timeout | undefined
  const onAbort = (): void => {
    timer = setTimeout(resolve, CANCEL_MS)
  }
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    await Promise.race([work, patience])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}

function filesOf(planned: readonly Planned[]): string[] {
  return [...new Set(planned.flatMap(({ check }) => (check === undefined ? [] : [check.location.replace(/:\d+$/, '')])))]
}
