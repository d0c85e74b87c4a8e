import { setTimeout as after } from 'node:timers/promises'
import type Dockerode from 'dockerode'
import type { WaitStrategy } from 'testcontainers'
import { z } from 'zod'

const POLL_MS = 150
const LOG_LINES = 15
const MAX_LOG = 4_000
const FRAME_HEADER = 8

const stateSchema = z.object({
  RestartCount: z.int().default(0),
  State: z.object({
    Status: z.string(),
    ExitCode: z.int(),
    OOMKilled: z.boolean().default(false),
    Restarting: z.boolean().default(false),
    Health: z.object({ Status: z.string(), Log: z.array(z.object({ Output: z.string() })).nullish() }).nullish(),
  }),
})

/** A container did not become what it was started for. The text names it, says what was wrong and shows its last log lines. */
export class PartFailed extends Error {
  override readonly name = 'PartFailed'
}

/** Waits until a container is healthy, or runs where it has no health check; one that ends or restarts has failed at once. */
export class HealthyOrFailed implements WaitStrategy {
  readonly #name: string
  readonly #hasHealth: boolean
  readonly #signal: AbortSignal
  #timeoutMs = 60_000

  constructor(name: string, hasHealth: boolean, signal: AbortSignal) {
    this.#name = name
    this.#signal = signal
    this.#hasHealth = hasHealth
  }

  async waitUntilReady(container: Dockerode.Container): Promise<void> {
    const end = performance.now() + this.#timeoutMs
    for (;;) {
      this.#signal.throwIfAborted()
      const { State, RestartCount } = stateSchema.parse(await container.inspect())
      const hasEnded = State.Status === 'exited' || State.Status === 'dead'
      if (hasEnded || State.Restarting || RestartCount > 0)
        throw await failed(
          container,
          this.#name,
          `ended with exit code ${State.ExitCode}${State.OOMKilled ? ', killed for want of memory' : ''}`,
        )
      if (this.#hasHealth ? State.Health?.Status === 'healthy' : State.Status === 'running') return
      if (performance.now() > end) {
        const said = State.Health?.Log?.at(-1)?.Output.trim().slice(0, 300) ?? ''
        throw await failed(
          container,
          this.#name,
          `was not ${this.#hasHealth ? 'healthy' : 'running'} within ${this.#timeoutMs / 1_000} s${said === '' ? '' : ` (its health check says: ${said})`}`,
        )
      }
      await after(POLL_MS)
    }
  }

  withStartupTimeout(startupTimeoutMs: number): this {
    this.#timeoutMs = startupTimeoutMs
    return this
  }

  isStartupTimeoutSet(): boolean {
    return true
  }

  getStartupTimeout(): number {
    return this.#timeoutMs
  }
}

/** What happened to a part, with the end of its log and what to do about it. */
export async function failed(container: Dockerode.Container, name: string, what: string): Promise<PartFailed> {
  const log = await lastLines(container)
  return new PartFailed(
    `${name} ${what}; ${log === '' ? 'it logged nothing' : `its last log lines:\n${log}`}\nrun its image by hand, or with --keep and docker logs`,
  )
}

async function lastLines(container: Dockerode.Container): Promise<string> {
  try {
    const raw = await container.logs({ stdout: true, stderr: true, tail: LOG_LINES, follow: false })
    return withoutFrames(raw).trim().slice(-MAX_LOG)
  } catch (error) {
    return `(the engine did not give its log: ${error instanceof Error ? error.message : String(error)})`
  }
}

/** Without a terminal, each piece of a log comes behind a header of eight bytes, whose last four are its length. */
function withoutFrames(raw: Buffer): string {
  const pieces: string[] = []
  for (let at = 0; at + FRAME_HEADER <= raw.length; ) {
    const length = raw.readUInt32BE(at + 4)
    pieces.push(raw.subarray(at + FRAME_HEADER, at + FRAME_HEADER + length).toString('utf8'))
    at += FRAME_HEADER + length
  }
  return pieces.join('')
}
