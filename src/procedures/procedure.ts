import type { Body, Outline, StepOutline } from './outline.ts'
import { type Bodies, withBodies } from './outline.ts'

/** Does a step. Must be safe to run again after it was cut off. */
export type Act = () => Promise<void>
/** What still stands in the way or is still missing, in words; undefined: nothing. */
export type Ask = () => Promise<string | undefined>

/** One step of a procedure as a program takes it. A check is asked again and again until its deadline has come. */
export interface Step extends StepOutline, Body<Act, Ask> {
  /** Milliseconds for `verify`; default: the runbook's 30 × 10 s. */
  readonly deadlineMs?: number
}

/** A named list of steps with what it was asked to do. */
export interface Procedure {
  readonly name: string
  /** What tells this run from another, such as the backup's directory: a state file of other inputs is not resumed. */
  readonly inputs: Readonly<Record<string, string>>
  readonly steps: readonly Step[]
  /** The command that runs it again from where it stopped. */
  readonly again: string
}

/** The source's 30 attempts, 10 seconds apart. */
export const READINESS_MS = 300_000

export interface ProcedureOptions {
  readonly inputs: Procedure['inputs']
  /** Milliseconds that each check may take to hold. */
  readonly deadlineMs: number | undefined
}

/** The procedure that an outline describes, each of its steps done by a program. */
export function procedureOf<const O extends Outline>(
  outline: O,
  bodies: Bodies<O, Act, Ask>,
  { inputs, deadlineMs }: ProcedureOptions,
): Procedure {
  const { name, again } = outline
  const waiting = deadlineMs === undefined ? {} : { deadlineMs }
  return { name, again, inputs, steps: withBodies(outline, bodies).map((step) => ({ ...step, ...waiting })) }
}

/** The action of a step that only looks. */
export const NOTHING: Act = async () => undefined
