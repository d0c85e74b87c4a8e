import type { Readable } from 'node:stream'
import { Unreachable } from '../outcome.ts'

/** How a command ended, and what it printed. */
export interface CommandResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  /** True where stdout or stderr was longer than `maxBytes`; the rest was thrown away. */
  readonly truncated: boolean
}

export interface CommandOptions {
  readonly stdin?: string
  readonly timeoutMs: number
  /** Of each of the two streams. */
  readonly maxBytes: number
  readonly signal: AbortSignal
}

export interface StreamOptions {
  readonly timeoutMs: number
  /** The stream fails with TooMuch where the command prints more. */
  readonly maxBytes: number
  readonly signal: AbortSignal
}

/** The way to a host. What the command says is its result; that it could not be run at all is an Unreachable. */
export interface Shell {
  /** @throws Unreachable where the command could not be started, was cut off, or did not end in time. */
  run(argv: readonly string[], options: CommandOptions): Promise<CommandResult>
  /**
   * What the command prints, as it comes, never held. The stream ends only where the command ended with 0 and all of it was
   * passed on, so that its end tells a whole output from a part of one; otherwise it fails with CommandFailed, TooMuch or
   * Unreachable. Destroying it ends the command. To be read at once: it has no listener for its errors.
   */
  stream(argv: readonly string[], options: StreamOptions): Readable
  close(): Promise<void>
}

/** A streamed command ended with another code than 0: what it had printed until then may be a part. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed'
  readonly exitCode: number
  readonly complaint: string

  constructor(command: string, exitCode: number, complaint: string) {
    super(`${command} ended with ${exitCode}: ${complaint.trim().slice(0, 500) || 'no message'}`)
    this.exitCode = exitCode
    this.complaint = complaint
  }
}

/** A streamed command printed more than it was granted. */
export class TooMuch extends Error {
  override readonly name = 'TooMuch'
}

/** The way to the host was lost while a command ran, or its time was up: what it had printed until then was seen all the same. */
export class Lost extends Unreachable {
  readonly seen: string

  constructor({ rootCause, refused }: Unreachable, seen: string) {
    super(rootCause.id.replace(/^unreachable:/, ''), rootCause.text, { refused })
    this.seen = seen
  }
}
