import path from 'node:path'
import { duration, plural } from '../report/text.ts'
import type { Started } from '../targets/started.ts'
import { diagnose } from './diagnose.ts'
import { settleOf } from './job.ts'
import type { Planned } from './plan.ts'
import type { Progress } from './progress.ts'
import type { RunReport } from './run-report.ts'
import type { SettleRound } from './settling.ts'
import { standingOf } from './standing-wanted.ts'
import { openTarget } from './target.ts'
import type { TargetRun } from './target-run.ts'
import { waves } from './waves.ts'
import type { TargetContext } from './worker-run.ts'
import { openWorkspace, type Workspace } from './workspace.ts'

const CANCEL_MS = 2_000

export interface Looking {
  readonly atOnce: number
  readonly progress: Progress
  readonly signal: AbortSignal
}

/** A target that has started, with what is to be looked at there. */
interface Opened {
  readonly run: TargetRun
  readonly looking: readonly Planned[]
  readonly started: Started
}

/** Starts the targets, lets every planned check look, and stops the targets, whatever happens on the way. */
export async function lookAt(runs: readonly TargetRun[], looking: Looking): Promise<void> {
  const wanted = runs.filter(({ job }) => job.planned.some(({ fate }) => fate === 'look'))
  if (wanted.length === 0) return
  const workspace = await openWorkspace()
  const own = new Map(await Promise.all(othersOf(wanted).map(async (run) => [run, await openWorkspace()] as const)))
  const opening = wanted.map((run) => open(run, own.get(run) ?? workspace, looking))
  // vitest is loaded while the targets are being reached.
  const loading = import('./vitest.ts')
  void Promise.allSettled([loading])
  try {
    for await (const wave of waves(opening)) await lookAtWave(wave.flat(), await loading, workspace.directory, looking)
  } finally {
    const opened = await Promise.allSettled(opening)
    await Promise.all(opened.flatMap((one) => (one.status === 'fulfilled' ? one.value.map(stop) : [])))
    await Promise.all([workspace, ...own.values()].map((one) => one.clear()))
  }
}

/** Disposable targets put files of the same names into their workspace: all but the first of them have one of their own. */
function othersOf(runs: readonly TargetRun[]): TargetRun[] {
  return runs.filter(({ job }) => job.spec.kind !== 'live').slice(1)
}

type Vitest = typeof import('./vitest.ts')

async function lookAtWave(opened: readonly Opened[], vitest: Vitest, directory: string, looking: Looking): Promise<void> {
  if (opened.length === 0) return
  await runSuites(opened, vitest, directory, looking)
  await Promise.all(opened.map((one) => explainFailures(one, looking)))
}

/** The started target; none where it did not start, of which the report then tells. */
async function open(run: TargetRun, workspace: Workspace, { progress, signal }: Looking): Promise<Opened[]> {
  const { job, report, secrets } = run
  const { keep } = job.options
  const onProgress = (text: string): void => progress.stage(text, job.label)
  onProgress(`starting ${job.spec.name} …`)
  const target = await openTarget({ spec: job.spec, secrets, workspace, signal, keep, onProgress })
  if (target.started === undefined) {
    report.unobservedRest(target.cause)
    return []
  }
  if (keep) workspace.keep()
  report.targetStarted(target.started)
  return [{ run, looking: job.planned.filter(({ fate }) => fate === 'look'), started: target.started }]
}

/** What was observed stays observed, also where the target cannot be stopped in good order; the watchdog ends what is left. */
async function stop({ started, run }: Opened): Promise<void> {
  try {
    await started.stop()
  } catch (error) {
    run.report.note(`The target could not be stopped in good order: ${error instanceof Error ? error.message : String(error)}`)
  }
}

async function runSuites(
  opened: readonly Opened[],
  { startSuites }: Vitest,
  directory: string,
  { atOnce, progress, signal }: Looking,
): Promise<void> {
  const byName = new Map(opened.map(({ run }) => [run.job.spec.name, run]))
  const runOf = (target: string): TargetRun => {
    const run = byName.get(target)
    if (run === undefined) throw new Error(`something was seen of ${target}, which is no target of this run`)
    return run
  }
  const suites = await startSuites({
    context: { targets: opened.map(contextOf), atOnce, suites: suitesOf(opened), directory },
    onResult(target, result) {
      const run = runOf(target)
      const entry = run.report.record(result)
      progress.ended(entry.id, entry.outcome ?? '', run.job.label)
      run.store.save(run.report.current)
    },
    onSettled(target, round) {
      const run = runOf(target)
      tellRound(run, round, progress)
      run.report.settled(round)
      run.store.save(run.report.current)
    },
    onStanding(target, standing, connections) {
      runOf(target).report.standing(standing, connections)
    },
  })
  const cancel = (): void => void suites.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    await unlessAborted(suites.run(), signal)
  } catch (error) {
    // What was observed stays observed; the rest is one blind spot with one cause.
    const cause = { id: 'suites', text: error instanceof Error ? error.message : String(error) }
    for (const { run } of opened) run.report.unobservedRest(cause)
  } finally {
    signal.removeEventListener('abort', cancel)
    await unlessAborted(suites.close(), signal)
  }
}

function contextOf({ run, looking, started }: Opened): TargetContext {
  const { id: runId, startedAt: now } = run.report.current.run
  const spec = { ...started.spec, allow: run.job.spec.allow }
  const settle = settleOf(run.job)
  return {
    ...{ runId, now, spec, secrets: started.secrets, selected: looking.map(({ line }) => line.id) },
    standing: standingOf(run.job),
    ...(settle === undefined ? {} : { settle }),
  }
}

/** Whoever waits sees that something is done, and at once what has changed. */
function tellRound({ job }: TargetRun, { number, sinceMs, looked, changed }: SettleRound, progress: Progress): void {
  for (const { id, outcome } of changed) progress.changed(id, outcome, job.label)
  const changes = changed.length === 0 ? 'nothing has changed' : `${plural(changed.length, 'line')} changed`
  const whole = duration(job.options.settle ?? 0)
  progress.stage(
    `settling, ${duration(sinceMs)} of ${whole}: look ${number} at ${plural(looked.length, 'line')}, ${changes}`,
    job.label,
  )
}

async function explainFailures({ run, looking, started }: Opened, { progress, signal }: Looking): Promise<void> {
  const { job, report, store } = run
  const accesses = failedAccesses(looking, report)
  if (accesses.length === 0 || signal.aborted) return
  progress.stage('collecting what may explain the failures …', job.label)
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

/** The suites that hold what is to be looked at, in the runbook's order. */
function suitesOf(opened: readonly Opened[]): string[] {
  const locations = opened.flatMap(({ looking }) => looking.map(({ check }) => check?.location ?? ''))
  return [...new Set(locations.map((location) => path.resolve(location.replace(/:\d+$/, ''))))]
}
