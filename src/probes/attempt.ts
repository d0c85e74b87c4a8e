import { Unreachable } from '../outcome.ts'
import type { Probe } from '../probe.ts'

/** An answer, or in words how the target refused one; `hung` where it took the connection and said nothing. */
export type Attempt<T> =
  | { readonly answered: true; readonly answer: T }
  | { readonly answered: false; readonly refusal: string; readonly hung: boolean }

/**
 * Where a refusal (refused, reset, broken off) is as good an answer as any, it becomes a value, and does not mark the address
 * as down for the run. Waiting in vain stays unreachable.
 */
export function attempt<T>(source: Probe<T>): Probe<Attempt<T>> {
  return {
    ...source,
    kind: `${source.kind}-attempt`,
    async read(session) {
      try {
        const reading = await source.read(session)
        return { ...reading, value: { answered: true, answer: reading.value } }
      } catch (error) {
        if (!(error instanceof Unreachable && error.refused)) throw error
        return { value: { answered: false, refusal: error.message, hung: error.hung }, raw: error.message }
      }
    },
  }
}
