import { type Falsification, PROBLEM_KINDS } from '../report/falsification.ts'

/** What the newest run of a falsification found, for the terminal: what is wrong first, then the figures. */
export function inWords({ runs, lines: known, excused }: Falsification): string {
  const [run] = runs
  if (run === undefined) return 'nothing was falsified'
  const { target, problems, faults, lines, durationMs, holds, selection } = run
  const wrong = PROBLEM_KINDS.flatMap((kind) => {
    const ofKind = problems.filter((problem) => problem.kind === kind)
    return ofKind.length === 0 ? [] : [`${kind}: ${ofKind.length}`, ...ofKind.map(({ text }) => `  ${text}`)]
  })
  const groups = Map.groupBy(excused, ({ from, reason }) => `${from}: ${reason}`)
  const excuses = [...groups].map(([why, all]) => `  ${all.map(({ line }) => line).join(' ')}: ${why}`)
  const cells = faults.flatMap((fault) => fault.cells)
  const seen = (outcome: string): number => new Set(cells.filter((cell) => cell.seen === outcome).map(({ line }) => line)).size
  const ever = (what: 'lastSeenRed' | 'lastSeenUnobserved'): number => known.filter((line) => line[what] !== null).length
  const spoilt = cells.filter((cell) => cell.spoilt).length
  return [
    ...wrong,
    ...(excuses.length === 0 || selection !== '' ? [] : ['not to be shown on any target:', ...excuses]),
    `${target}: ${faults.length} faults · ${seen('failed')} of ${lines} lines seen red · ${seen('unobserved')} seen unobserved · ${spoilt} figures spoilt by the observer's own delay · ${(durationMs / 1_000).toFixed(1)} s`,
    `all targets, this run and earlier ones: ${ever('lastSeenRed')} of ${known.length} lines seen red · ${ever('lastSeenUnobserved')} seen unobserved`,
    holds
      ? 'HOLDS: every fault is noticed by the lines that must notice it, and by no others'
      : `DOES NOT HOLD: ${problems.length} problems`,
  ].join('\n')
}
