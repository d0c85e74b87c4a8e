import type { BoundLine } from '../bind.ts'
import type { TargetSpec } from '../targets/schema.ts'
import type { Options } from './options.ts'
import type { Planned } from './plan.ts'
import type { SettleSpec } from './settling.ts'

/** One run, decided and not yet begun. */
export interface Job {
  readonly options: Options
  /** What its lines of progress begin with: the target's name where there are several, otherwise nothing. */
  readonly label: string
  /** With `allow` already narrowed to what this run may do. */
  readonly spec: TargetSpec
  readonly runbook: readonly BoundLine[]
  readonly planned: readonly Planned[]
  /** Empty for the whole runbook, otherwise `PARTIAL: …`. */
  readonly selection: string
  /** Files that the verdict depends on. */
  readonly inputs: readonly string[]
}

/** `target prod (live, production) allows read`: the first that is said of a target. */
export function targetWords({ spec }: Job): string {
  return `target ${spec.name} (${spec.kind}, ${spec.environment}) allows ${spec.allow.join(', ')}`
}

/** How long and how often the reading lines are looked at again; undefined where they are looked at once. */
export function settleOf({ options, spec }: Job): SettleSpec | undefined {
  const { settle: forMs, 'settle-every': everyMs = spec.settle.everySeconds * 1_000 } = options
  return forMs === undefined ? undefined : { forMs, everyMs }
}
