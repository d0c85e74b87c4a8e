import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { loadAttestations } from '../attestations.ts'
import type { BoundLine } from '../bind.ts'
import { renderAnnotations } from '../report/annotations.ts'
import type { Report } from '../report/model.ts'
import { openReportStore, type ReportStore } from '../report/store.ts'
import { endOfRun } from '../report/terminal.ts'
import type { TargetSpec } from '../targets/schema.ts'
import { resolveSecrets } from '../targets/secrets.ts'
import { loadWaivers } from '../waivers.ts'
import { diagnose } from './diagnose.ts'
import { listenForInterruption } from './interrupt.ts'
import type { Options } from './options.ts'
import type { Planned } from './plan.ts'
import { type Progress, startProgress } from './progress.ts'
import { inputFile, operator, origin, sourceState, versions } from './provenance.ts'
import { RunReport } from './run-report.ts'
import { openTarget } from './target.ts'
import { startSuites } from './vitest.ts'

export interface Job {
  readonly options: Options
  /** With `allow` already narrowed to what this run may do. */
  readonly spec: TargetSpec
  readonly runbook: readonly BoundLine[]
  readonly planned: readonly Planned[]
  /** Empty for the whole runbook, otherwise `PARTIAL: …`. */
  readonly selection: string
  /** Files that the verdict depends on. */
  readonly inputs: readonly string[]
}

const CANCEL_MS = 2_000

/** Runs the selected lines on a target and returns the exit code. @throws UsageError, ReportError before anything is touched. */
export async function runTarget(job: Job): Promise<number> {
  const { options } = job
  const startedAt = new Date()
  const colour = !options['no-color'] && process.env.NO_COLOR === undefined && process.stdout.isTTY === true
  const signed = signOffs(job, startedAt)
  const report = new RunReport({
    run: { id: randomUUID(), ...sourceState(), ...describeRun(job) },
    startedAt,
    spec: job.spec,
    runbook: job.runbook,
    planned: job.planned,
    signOffs: signed,
  })
  // A disposable target makes its own secrets when it starts.
  const secrets = job.spec.kind === 'live' ? await resolveSecrets(job.spec) : {}
  process.stdout.write(`${firstLines(job)}\n`)
  const store = await openReportStore({ out: options.out, history: options.history, target: job.spec.name, startedAt })
  const progress = startProgress({
    stream: process.stdout,
    total: job.planned.filter(({ fate }) => fate === 'look').length,
    quiet: options.quiet,
    colour,
  })
  const interruption = listenForInterruption()
  try {
    store.save(report.current)
    await lookAt(job, report, { secrets, store, progress, signal: interruption.signal })
    const finished = report.finish({
      failOn: options['fail-on'],
      requireAttestations: options['require-attestations'],
      interrupted: interruption.signal.aborted,
    })
    progress.finish()
    await store.finish(finished)
    process.stdout.write(endOfRun(finished, { colour, directory: store.directory, quiet: options.quiet }))
    if (process.env.GITHUB_ACTIONS === 'true') process.stdout.write(renderAnnotations(finished))
    return finished.run.exitCode ?? 3
  } finally {
    interruption.stop()
  }
}

interface Running {
  readonly secrets: Readonly<Record<string, string>>
  readonly store: ReportStore
  readonly progress: Progress
  readonly signal: AbortSignal
}

/** Starts the target, lets every planned check look, and stops the target, whatever happens on the way. */
async function lookAt(job: Job, report: RunReport, { secrets, store, progress, signal }: Running): Promise<void> {
  const looking = job.planned.filter(({ fate }) => fate === 'look')
  if (looking.length === 0) return
  progress.stage(`starting ${job.spec.name} …`)
  const target = await openTarget(job.spec, secrets, signal)
  try {
    if (target.started === undefined) return report.unobservedRest(target.cause)
    report.targetStarted(target.started)
    const suites = await startSuites({
      context: {
        runId: report.current.run.id,
        now: report.current.run.startedAt,
        spec: { ...target.started.spec, allow: job.spec.allow },
        secrets: target.started.secrets,
        selected: looking.map(({ line }) => line.id),
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
      await unlessAborted(suites.run(filesOf(looking)), signal)
    } catch (error) {
      // What was observed stays observed; the rest is one blind spot with one cause.
      report.unobservedRest({ id: 'suites', text: error instanceof Error ? error.message : String(error) })
    } finally {
      signal.removeEventListener('abort', cancel)
      await unlessAborted(suites.close(), signal)
    }
    const suspects = failedAccesses(looking, report)
    if (suspects.length === 0 || signal.aborted) return
    progress.stage('collecting what may explain the failures …')
    const { id } = report.current.run
    report.diagnosed(
      await diagnose({ runId: id, started: target.started, allows: job.spec.allow, accesses: suspects, store, signal }),
    )
  } finally {
    await target.stop()
  }
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

function firstLines({ spec, selection }: Job): string {
  const target = `target ${spec.name} (${spec.kind}, ${spec.environment}) allows ${spec.allow.join(', ')}`
  return selection === '' ? target : `${selection}\n${target}`
}

function describeRun({
  options,
  selection,
  inputs,
}: Job): Omit<Report['run'], 'id' | 'commit' | 'dirty' | 'startedAt' | 'finishedAt' | 'durationMs' | 'exitCode'> {
  const given = [options.release, options.attestations, options.waivers].filter((file) => file !== undefined)
  return {
    versions: versions(),
    ticket: options.ticket,
    operator: operator(),
    origin: origin(),
    inputs: [...inputs, ...given].map((file) => inputFile(path.relative('', file))),
    selection,
  }
}

function signOffs({ options, runbook }: Job, now: Date): ConstructorParameters<typeof RunReport>[0]['signOffs'] {
  const lines = runbook.map(({ line }) => line)
  return {
    attestations: options.attestations === undefined ? new Map() : loadAttestations(options.attestations, lines, now),
    waivers: options.waivers === undefined ? [] : loadWaivers(options.waivers, lines, now),
  }
}
