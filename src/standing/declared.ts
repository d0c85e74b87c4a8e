import { NotApplicable, Unobserved } from '../outcome.ts'
import type { Probe } from '../probe.ts'

/** The probe, or undefined where the target lacks what it would look at. */
export function declared<T>(declare: () => Probe<T>): Probe<T> | undefined {
  try {
    return declare()
  } catch (error) {
    if (error instanceof NotApplicable || error instanceof Unobserved) return undefined
    throw error
  }
}
