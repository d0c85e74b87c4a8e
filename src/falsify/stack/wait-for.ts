import { until } from '../../wait.ts'
import type { StackControl } from './control.ts'

/** How long a fault may take to be seen by the stack's own monitoring, and how often that is asked, in milliseconds. */
const DEADLINE_MS = 40_000
const ASK_MS = 100

/** Waits until what the stack says is not well with it is what a fault wants. @throws Error with what it last said. */
export async function waitFor(control: StackControl, holds: (ailments: readonly string[]) => boolean): Promise<void> {
  await waitUntil(() => control.ailments(), holds)
}

/** Waits until an answer is what a fault wants. @throws Error with the last one. */
export async function waitUntil<T>(ask: () => Promise<T>, holds: (answer: T) => boolean): Promise<T> {
  const answer = await until(ask, holds, { deadlineMs: DEADLINE_MS, everyMs: ASK_MS })
  if (!holds(answer)) throw new Error(`after ${DEADLINE_MS / 1_000} s it was still: ${JSON.stringify(answer)}`)
  return answer
}
