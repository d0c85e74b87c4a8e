import type { RecoveryPhase } from './drill-report.ts'

/** Something that was done, and when, on the clock of performance.now(). */
export interface Mark {
  readonly name: string
  readonly at: number
}

const LAST = 'first correct hook'

/**
 * What the time from the detection to the first correct hook went into: each thing that was done before it takes from the end of
 * what went before. The last part is what the first hook was waited for.
 */
export function recoveryPhases(detectedAt: number, marks: readonly Mark[], firstCorrect: number): RecoveryPhase[] {
  const phases: RecoveryPhase[] = []
  let before = detectedAt
  for (const { name, at } of marks) {
    if (at >= firstCorrect) break
    phases.push({ name, ms: at - before })
    before = at
  }
  return [...phases, { name: LAST, ms: firstCorrect - before }]
}
