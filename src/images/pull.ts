import type Dockerode from 'dockerode'
import { followed } from './engine-work.ts'
import { ImageFailed, messageOf, refuseFullDisk } from './failures.ts'

/** How long a registry may take until it names the image's layers. */
const ANSWER_MS = 8_000
/** How long a pull that has begun may show no progress. */
const STALL_MS = 60_000

interface PullOptions {
  readonly signal: AbortSignal
  readonly onStep: (text: string) => void
  readonly answerMs?: number
}

/**
 * Pulls an image; a registry that does not answer soon is taken for one that cannot be had.
 * @throws ImageFailed saying what was tried and what came back, EngineUnusable where the disk is full.
 */
export async function pull(
  docker: Dockerode,
  reference: string,
  { signal, onStep, answerMs = ANSWER_MS }: PullOptions,
): Promise<void> {
  const patience = new AbortController()
  const within = (ms: number, what: string) => setTimeout(() => patience.abort(new ImageFailed(`${what} for ${ms / 1000} s`)), ms)
  let timer = within(answerMs, 'no registry answered')
  const either = AbortSignal.any([signal, patience.signal])
  const onEvent = () => {
    clearTimeout(timer)
    timer = within(STALL_MS, 'the pull made no progress')
  }
  try {
    const stream = await docker.pull(reference, { abortSignal: either })
    await followed({ docker, stream, signal: either, onStep, onEvent })
  } catch (error) {
    signal.throwIfAborted()
    const said = patience.signal.aborted ? messageOf(patience.signal.reason) : messageOf(error)
    refuseFullDisk(said)
    if (error instanceof Error && error.name === 'EngineUnusable') throw error
    throw new ImageFailed(`pulling ${reference} failed: ${said}`)
  } finally {
    clearTimeout(timer)
  }
}
