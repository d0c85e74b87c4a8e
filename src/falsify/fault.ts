import type { Started } from '../targets/started.ts'

/** Takes a fault away again and leaves the target as it was. */
export type Undo = () => Promise<void>

/** What a check sees of a target: its description and the secrets that go with it. */
export type Seen = Pick<Started, 'spec' | 'secrets'>

/** The kinds of target into which faults can be put. */
export const SUBJECT_KINDS = ['embedded', 'ephemeral', 'ephemeral-host'] as const
export type SubjectKind = (typeof SUBJECT_KINDS)[number]

/** A named, real defect of one kind of target, and the exact set of lines that must notice it there. */
export interface Fault {
  readonly id: string
  /** What it is in production's terms. */
  readonly title: string
  /** The systems, as accesses name them, that it can make a difference to. */
  readonly touches: readonly string[]
  /** A mistake in the operator's own description of the target. */
  readonly see?: (seen: Seen) => Seen
  /** Putting it in proves by itself that it landed: it is in what only grows, and which no fingerprint can hold. */
  readonly provesItself?: boolean
  readonly expect: {
    /** Lines that must fail, and no others. */
    readonly failed: readonly string[]
    /** Lines that can no longer look, and no others. */
    readonly unobserved: readonly string[]
    /** Lines whose limit the target now only just keeps: they stay green. */
    readonly within: readonly string[]
  }
}

/** A fault, and how it is put into a target by that target's levers. */
export interface FaultOf<Control> extends Fault {
  apply(control: Control): Promise<Undo>
}

/** The outcome that a fault must cause on a line. */
export function expectedOf(fault: Fault, line: string): 'failed' | 'unobserved' | 'passed' {
  if (fault.expect.failed.includes(line)) return 'failed'
  return fault.expect.unobserved.includes(line) ? 'unobserved' : 'passed'
}

/** Every line that a fault says something about. */
export function namedBy({ expect: { failed, unobserved, within } }: Fault): string[] {
  return [...failed, ...unobserved, ...within]
}
