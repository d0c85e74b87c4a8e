import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { loadAttestations } from '../attestations.ts'
import { renderAnnotations } from '../report/annotations.ts'
import { type Baseline, loadBaseline } from '../report/baseline.ts'
import { compare } from '../report/compare.ts'
import type { Report } from '../report/model.ts'
import { openReportStore } from '../report/store.ts'
import { endOfRun } from '../report/terminal.ts'
import { resolveSecrets } from '../targets/secrets.ts'
import { loadWaivers } from '../waivers.ts'
import { listenForInterruption } from './interrupt.ts'
import type { Job } from './job.ts'
import { lookAt } from './look-at.ts'
import { startProgress } from './progress.ts'
import { inputFile, operator, origin, sourceState, versions } from './provenance.ts'
import { RunReport } from './run-report.ts'

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
  const baseline = await baselineOf(job)
  if (baseline?.report === undefined && baseline !== undefined) report.note(baseline.reason)
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
    const ended = report.finish({
      failOn: options['fail-on'],
      requireAttestations: options['require-attestations'],
      interrupted: interruption.signal.aborted,
    })
    const finished =
      baseline?.report === undefined ? ended : { ...ended, comparison: compare(ended, baseline.report, baseline.where) }
    progress.finish()
    const [written] = await Promise.allSettled([store.finish(finished)])
    // Also where the report could not be written: what was seen is then at least on the terminal.
    process.stdout.write(endOfRun(finished, { colour, directory: store.directory, quiet: options.quiet }))
    if (written.status === 'rejected') throw written.reason
    if (process.env.GITHUB_ACTIONS === 'true') process.stdout.write(renderAnnotations(finished))
    return finished.run.exitCode ?? 3
  } finally {
    interruption.stop()
  }
}

function firstLines({ spec, selection }: Job): string {
  const target = `target ${spec.name} (${spec.kind}, ${spec.environment}) allows ${spec.allow.join(', ')}`
  return selection === '' ? target : `${selection}\n${target}`
}

/** Read before anything is touched, so that a file that is no report ends the run at once. */
async function baselineOf({ options, spec, selection }: Job): Promise<Baseline | undefined> {
  const { baseline, out, history = path.join(out, 'history.jsonl') } = options
  return baseline === undefined ? undefined : loadBaseline({ baseline, history, target: spec.name, selection })
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
