import type { Falsification } from '../report/falsification.ts'
import { PROBLEM_KINDS } from '../report/falsification.ts'

/** What a falsification found, for the terminal: what is wrong first, then the figures. */
export function inWords({ problems, lines, faults, excused, durationMs, holds }: Falsification): string {
  const wrong = PROBLEM_KINDS.flatMap((kind) => {
    const ofKind = problems.filter((problem) => problem.kind === kind)
    return ofKind.length === 0 ? [] : [`${kind}: ${ofKind.length}`, ...ofKind.map(({ text }) => `  ${text}`)]
  })
  const groups = Map.groupBy(excused, ({ from, reason }) => `${from}: ${reason}`)
  const excuses = [...groups].map(([why, all]) => `  ${all.map(({ line }) => line).join(' ')}: ${why}`)
  const cells = faults.flatMap((fault) => fault.cells)
  const seen = (outcome: string): number => new Set(cells.filter((cell) => cell.seen === outcome).map(({ line }) => line)).size
  const spoilt = cells.filter((cell) => cell.spoilt).length
  return [
    ...wrong,
    ...(excuses.length === 0 ? [] : ['not to be shown on this target:', ...excuses]),
    `${faults.length} faults · ${seen('failed')} of ${lines.length} lines seen red · ${seen('unobserved')} seen unobserved · ${spoilt} figures spoilt by the observer's own delay · ${(durationMs / 1_000).toFixed(1)} s`,
    holds
      ? 'HOLDS: every fault is noticed by the lines that must notice it, and by no others'
      : `DOES NOT HOLD: ${problems.length} problems`,
  ].join('\n')
}
