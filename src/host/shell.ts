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

/** The way to a host: one method. What the command says is its result; that it could not be run at all is an Unreachable. */
export interface Shell {
  /** @throws Unreachable where the command could not be started, was cut off, or did not end in time. */
  run(argv: readonly string[], options: CommandOptions): Promise<CommandResult>
  close(): Promise<void>
}

/** The way to the host was lost while a command ran: what it had printed until then was seen all the same. */
export class Lost extends Unreachable {
  readonly seen: string

  constructor({ rootCause, refused }: Unreachable, seen: string) {
    super(rootCause.id.replace(/^unreachable:/, ''), rootCause.text, { refused })
    this.seen = seen
  }
}
