import type Dockerode from 'dockerode'
import { followed } from './engine-work.ts'
import { EngineUnusable, engineWords, ImageFailed, messageOf, refuseFullDisk } from './failures.ts'
import type { ImageReference } from './reference.ts'
import { isUnreachable, RegistryUnreachable } from './registry.ts'

/** How long a registry may take until it names the image's layers. */
const ANSWER_MS = 8_000
/** How long a pull that has begun may show no progress. */
const STALL_MS = 60_000

interface PullOptions {
  readonly signal: AbortSignal
  readonly onStep: (text: string) => void
  /** The registry has answered; the layers are to come. */
  readonly onAnswer: () => void
  readonly answerMs?: number
}

/**
 * Pulls an image; a registry that does not answer soon is taken for one that cannot be reached.
 * @throws RegistryUnreachable, ImageFailed saying what came back, EngineUnusable where the disk is full.
 */
export async function pull(docker: Dockerode, { text, registry }: ImageReference, options: PullOptions): Promise<void> {
  const { signal, onStep, onAnswer, answerMs = ANSWER_MS } = options
  const patience = new AbortController()
  const within = (ms: number, error: ImageFailed) => setTimeout(() => patience.abort(error), ms)
  let timer = within(answerMs, new RegistryUnreachable(`the registry ${registry} did not answer within ${answerMs / 1000} s`))
  const either = AbortSignal.any([signal, patience.signal])
  const onEvent = () => {
    clearTimeout(timer)
    timer = within(STALL_MS, new ImageFailed(`pulling ${text} made no progress for ${STALL_MS / 1000} s`))
    onAnswer()
  }
  try {
    const stream = await docker.pull(text, { abortSignal: either })
    await followed({ docker, stream, signal: either, onStep, onEvent })
  } catch (error) {
    signal.throwIfAborted()
    if (patience.signal.aborted) throw patience.signal.reason
    if (error instanceof EngineUnusable) throw error
    throw pullFailure(text, registry, engineWords(messageOf(error)))
  } finally {
    clearTimeout(timer)
  }
}

function pullFailure(text: string, registry: string, said: string): ImageFailed {
  refuseFullDisk(said)
  if (isUnreachable(said)) return new RegistryUnreachable(`the registry ${registry} cannot be reached: ${said}`)
  return new ImageFailed(`pulling ${text} failed: ${said}`)
}
