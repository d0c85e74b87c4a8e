import { stripVTControlCharacters } from 'node:util'
import type Dockerode from 'dockerode'
import { z } from 'zod'
import { ImageFailed, messageOf, refuseFullDisk } from './failures.ts'

const eventSchema = z.looseObject({
  stream: z.string().optional(),
  status: z.string().optional(),
  id: z.string().optional(),
  error: z.string().optional(),
})
/** The steps that take time; the others only set something. */
const STEP = /^Step (\d+\/\d+) : ((?:RUN|COPY) .+)/
/** What a builder says of itself between the lines that matter. */
const CHATTER = /^ ---> |^Removing intermediate container/
/** Lines of the engine's output that an error repeats. */
const TAIL = 15

/** A running request of the engine's that answers in a stream of events: a pull, an import, a build. */
export interface EngineWork {
  readonly docker: Dockerode
  readonly stream: NodeJS.ReadableStream
  readonly signal: AbortSignal
  /** A step of a build, or a pull's state, in a line. */
  readonly onStep?: (text: string) => void
  /** Called with every event, so that a stalled stream can be told from a slow one. */
  readonly onEvent?: () => void
}

/**
 * Follows the events to their end.
 * @throws ImageFailed with the last lines of the output, EngineUnusable where the disk is full, the signal's reason where it was aborted.
 */
export async function followed({ docker, stream, signal, onStep, onEvent }: EngineWork): Promise<void> {
  const lines: string[] = []
  let failure: string | undefined
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const abort = () => {
    if ('destroy' in stream && typeof stream.destroy === 'function') stream.destroy()
    reject(signal.reason)
  }
  signal.addEventListener('abort', abort, { once: true })
  docker.modem.followProgress(
    stream,
    (error: Error | null) => (error === null ? resolve() : reject(error)),
    (raw: unknown) => {
      const event = eventSchema.parse(raw)
      onEvent?.()
      failure ??= event.error
      const text = stripVTControlCharacters(event.stream ?? event.error ?? '').trimEnd()
      if (text !== '' && !CHATTER.test(text)) lines.push(text)
      const step = STEP.exec(text)
      if (step !== null) onStep?.(`step ${step[1]}, ${shortened(step[2] ?? '')}`)
      else if (event.status !== undefined && event.id === undefined) onStep?.(event.status)
    },
  )
  try {
    await promise
  } catch (error) {
    signal.throwIfAborted()
    failure ??= messageOf(error)
  } finally {
    signal.removeEventListener('abort', abort)
  }
  if (failure === undefined) return
  const tail = lines.slice(-TAIL).join('\n')
  refuseFullDisk(`${tail}\n${failure}`)
  throw new ImageFailed(tail.includes(failure) ? tail : `${tail}\n${failure}`.trim())
}

/** An instruction in one short line. */
function shortened(instruction: string): string {
  const line = instruction.replace(/\s+/g, ' ')
  return line.length <= 90 ? line : `${line.slice(0, 89)}…`
}
