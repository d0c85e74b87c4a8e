import type { EmbeddedControl } from '../targets/embedded/index.ts'
import type { Started } from '../targets/started.ts'

/** Takes a fault away again and leaves the target as it was. */
export type Undo = () => Promise<void>

/** What a check sees of a target: its description and the secrets that go with it. */
export type Seen = Pick<Started, 'spec' | 'secrets'>

/** A named, real defect, and the exact set of lines that must notice it. */
export interface Fault {
  readonly id: string
  /** What it is in production's terms. */
  readonly title: string
  readonly targets: readonly 'embedded'[]
  /** The systems, as accesses name them, that it can make a difference to. */
  readonly touches: readonly string[]
  /** Puts it into a target. */
  apply(control: EmbeddedControl): Promise<Undo>
  /** A mistake in the operator's own description of the target. */
  readonly see?: (seen: Seen) => Seen
  readonly expect: {
    /** Lines that must fail, and no others. */
    readonly failed: readonly string[]
    /** Lines that can no longer look, and no others. */
    readonly unobserved: readonly string[]
    /** Lines whose limit the target now only just keeps: they stay green. */
    readonly within: readonly string[]
  }
}

/** The outcome that a fault must cause on a line. */
export function expectedOf(fault: Fault, line: string): 'failed' | 'unobserved' | 'passed' {
  if (fault.expect.failed.includes(line)) return 'failed'
  return fault.expect.unobserved.includes(line) ? 'unobserved' : 'passed'
}
