import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { loadAttestations } from '../attestations.ts'
import { UsageError } from '../outcome.ts'
import { type Baseline, loadBaseline } from '../report/baseline.ts'
import { compare } from '../report/compare.ts'
import type { Report } from '../report/model.ts'
import { readFalsification } from '../report/read-falsification.ts'
import { openReportStore, type ReportStore } from '../report/store.ts'
import type { ToldRelease } from '../standing/compare-release.ts'
import { resolveSecrets } from '../targets/secrets.ts'
import { loadWaivers } from '../waivers.ts'
import type { SignOffs } from './entries.ts'
import { type Job, settleOf } from './job.ts'
import { landedOf, previousRelease } from './landed.ts'
import { inputFile, operator, origin, runnerNames, sourceState, versions } from './provenance.ts'
import { rehearsedBefore } from './rehearsed-before.ts'
import { RunReport } from './run-report.ts'
import { signOffStanding } from './sign-off-standing.ts'

/** What one target's part of a run is made of before anything is touched. */
export interface Prepared {
  readonly job: Job
  readonly report: RunReport
  readonly startedAt: Date
  readonly signed: SignOffs
  readonly secrets: Readonly<Record<string, string>>
  readonly baseline: Baseline | undefined
  /** What was released before, as far as anybody told; only where it is asked what has landed. */
  readonly previous: ToldRelease | undefined
}

/** One target's part of a run, with a place for its report. */
export interface TargetRun extends Prepared {
  readonly store: ReportStore
}

/** Reads all that a run of that job needs: sign-offs, baseline, secrets. @throws UsageError */
export async function prepare(job: Job, startedAt: Date): Promise<Prepared> {
  // First of all: what cannot be read cannot be described as an input either.
  const signed = signOffs(job, startedAt)
  const report = new RunReport({
    run: { id: randomUUID(), ...sourceState(), ...describeRun(job) },
    startedAt,
    spec: job.spec,
    runbook: job.runbook,
    planned: job.planned,
    signOffs: signed,
    settle: settleOf(job),
    falsification: await readFalsification(job.options.out),
  })
  const baseline = await baselineOf(job)
  if (baseline?.report === undefined && baseline !== undefined) report.note(baseline.reason)
  report.rehearsedBefore(await rehearsedBefore(job))
  const previous = await previousRelease(job, baseline)
  // A disposable target makes its own secrets when it starts.
  const secrets = job.spec.kind === 'live' ? await secretsOf(job) : {}
  return { job, report, startedAt, signed, secrets, baseline, previous }
}

/** Makes the place of the report; `beside` is how many targets share the run. @throws ReportError */
export async function openStore(prepared: Prepared, beside: number): Promise<TargetRun> {
  const { job, report, startedAt } = prepared
  const { out, history } = job.options
  const store = await openReportStore({ out, history, target: job.spec.name, startedAt, beside })
  store.save(report.current)
  return { ...prepared, store }
}

/** Closes the report with verdict, exit code and comparisons: with the baseline, and with the release. */
export function finishReport({ job, report, startedAt, signed, baseline, previous }: Prepared, interrupted: boolean): Report {
  const { options } = job
  const ended = report.finish({ failOn: options['fail-on'], requireAttestations: options['require-attestations'], interrupted })
  const { checks, target } = ended
  const standing = { options, signOffs: signed, target: target.name, checks, now: startedAt, runner: runnerNames() }
  const signOffs = signOffStanding(standing)
  const landed = landedOf(job, ended, report.found, previous)
  return {
    ...ended,
    ...(signOffs === undefined ? {} : { signOffs }),
    ...(landed === undefined ? {} : { releaseComparison: landed }),
    ...(baseline?.report === undefined ? {} : { comparison: compare(ended, baseline.report, baseline.where) }),
  }
}

async function secretsOf({ spec, label }: Job): Promise<Record<string, string>> {
  try {
    return await resolveSecrets(spec)
  } catch (error) {
    if (label === '' || !(error instanceof UsageError)) throw error
    throw new UsageError(`target ${label}: ${error.message}`)
  }
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

function signOffs({ options, runbook }: Job, now: Date): SignOffs {
  const lines = runbook.map(({ line }) => line)
  return {
    attestations: options.attestations === undefined ? new Map() : loadAttestations(options.attestations, lines, now),
    waivers: options.waivers === undefined ? [] : loadWaivers(options.waivers, lines, now),
  }
}
