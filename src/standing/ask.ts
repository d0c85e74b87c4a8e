import type { Probe } from '../probe.ts'

/** Takes an observation and returns the answer. @throws Unobserved where it could not look. */
export type Ask = <T>(probe: Probe<T>) => Promise<T>

/** Asks what may stay unknown: the answer, or undefined, and then why not stands in the list. */
export async function askedOrUnknown<T>(ask: Ask, probe: Probe<T> | undefined, unknown: string[]): Promise<T | undefined> {
  if (probe === undefined) return undefined
  try {
    return await ask(probe)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    if (!unknown.includes(why)) unknown.push(why)
    return undefined
  }
}
