import type { Job } from './job.ts'

/** What is read for the report, beside the lines. */
export interface StandingWanted {
  readonly release: boolean
  readonly loss: boolean
}

/**
 * A run of the whole runbook, or of all that is due, tells what is released and what a rollback would lose; a run of named lines
 * only reads what they ask for, unless somebody asks what has landed of a release, or for the suite of the rollback.
 */
export function standingOf({ options, spec }: Pick<Job, 'options' | 'spec'>): StandingWanted {
  const isWhole = options.suite === undefined && options.check === undefined
  const hasBackups = spec.hosts.services !== undefined && spec.postgres !== undefined
  return {
    release: isWhole || options.release !== undefined,
    loss: hasBackups && (isWhole || options.suite?.includes('rollback') === true),
  }
}
