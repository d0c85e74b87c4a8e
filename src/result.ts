import type { Cause, Outcome } from './outcome.ts'
import type { Evidence, Failure, LimitUsed, Measurement, Report, TimelineEvent } from './report/model.ts'
import type { RehearsalRecord } from './report/rehearsal-record.ts'

/** What one check that ran brings home; plain data, since it crosses from the test worker to the run. */
export interface CheckResult {
  readonly id: string
  readonly outcome: Extract<Outcome, 'passed' | 'failed' | 'unobserved' | 'skipped'>
  readonly reason: string
  readonly cause: Cause | null
  readonly durationMs: number
  readonly failure: Failure | null
  readonly limits: readonly LimitUsed[]
  readonly evidence: readonly Evidence[]
  readonly measurements: readonly Measurement[]
  readonly timeline: readonly TimelineEvent[]
  /** That a backup was restored for trial; undefined where the check rehearses none. */
  readonly rehearsal?: RehearsalRecord
  readonly connections: Report['target']['connections']
}
