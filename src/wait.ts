import { setTimeout as after } from 'node:timers/promises'

export interface WaitOptions {
  /** Milliseconds from now until waiting is given up. */
  readonly deadlineMs: number
  /** Milliseconds between two attempts. */
  readonly everyMs: number
  readonly signal?: AbortSignal
}

/** Asks again and again until the answer holds. Returns the last answer, whether it holds or not, once the deadline has come or the signal aborts. */
export async function until<T>(
  ask: () => Promise<T>,
  holds: (answer: T) => boolean,
  { deadlineMs, everyMs, signal }: WaitOptions,
): Promise<T> {
  const end = performance.now() + deadlineMs
  for (;;) {
    const answer = await ask()
    if (holds(answer) || signal?.aborted === true || performance.now() + everyMs > end) return answer
    await after(everyMs)
  }
}
