import { visible } from './report/text.ts'

/** How one line of the runbook ended. `pending` is an attestation that nobody has signed, or whose sign-off has expired. */
export const OUTCOMES = ['passed', 'failed', 'unobserved', 'waived', 'skipped', 'pending'] as const

export type Outcome = (typeof OUTCOMES)[number]

/** The one thing that kept a check from looking. Checks that share an id are dependants of the same root cause. */
export interface Cause {
  /** Stable within a run, such as `unreachable:127.0.0.1:5432`. */
  readonly id: string
  /** A sentence for a person: what was tried, what came back, what to do. */
  readonly text: string
}

/** Thrown by a probe or a check that could not look: never a pass, never a failure. */
export class Unobserved extends Error {
  override readonly name: string = 'Unobserved'
  readonly rootCause: Cause

  constructor(cause: Cause) {
    super(cause.text)
    this.rootCause = cause
  }
}

/**
 * Thrown by a probe whose address gave no usable connection.
 * `refused` is true where the target itself said no (connection refused or reset, no such name, handshake rejected, answer
 * never completed): a line that promises the address fails on it. It is false where the observer merely waited in vain.
 * Every later probe of the same address is unobserved through this cause without being tried.
 */
export class Unreachable extends Unobserved {
  override readonly name: string = 'Unreachable'
  readonly refused: boolean
  /** Whether it took the connection and then kept silent. */
  readonly hung: boolean

  constructor(address: string, text: string, { refused, hung = false }: { readonly refused: boolean; readonly hung?: boolean }) {
    super({ id: `unreachable:${address}`, text })
    this.refused = refused
    this.hung = hung
  }
}

/**
 * Thrown where a host answers and does not have what a line is about, such as a file: a line that promises it fails, the others
 * are unobserved through this one cause. The host is not down for that.
 */
export class Absent extends Unreachable {
  override readonly name: string = 'Absent'
  /** What the host literally answered, for the evidence. */
  readonly raw: string

  constructor(address: string, text: string, { refused, raw }: { readonly refused: boolean; readonly raw: string }) {
    super(address, text, { refused })
    this.raw = raw
  }
}

/** Thrown while a check declares its accesses: the line cannot apply to this target, by the target's own declaration. */
export class NotApplicable extends Error {
  override readonly name = 'NotApplicable'
}

/**
 * A usage, configuration or binding mistake of the operator: exit code 2, no stack trace, nothing probed. Its message may quote
 * a file that somebody else wrote, so that nothing in it steers the terminal on which it is printed.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError'

  constructor(message: string, options?: ErrorOptions) {
    super(visible(message), options)
  }
}
