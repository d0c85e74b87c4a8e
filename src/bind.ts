import type { Check } from './check.ts'
import { UsageError } from './outcome.ts'
import type { Line } from './runbook.ts'

/** A line with the check that looks at it; no check where a person must sign. */
export interface BoundLine {
  readonly line: Line
  readonly check: Check | undefined
}

/**
 * Joins every line of the runbook to its check, in the runbook's order.
 * @throws UsageError naming file and line of every mistake: a line without check or attestation or with both,
 * a check on an unknown id, two checks on one id, a sentence that differs from the line's.
 */
export function bind(lines: readonly Line[], checks: readonly Check[]): BoundLine[] {
  const byId = Map.groupBy(checks, (check) => check.id)
  const mistakes = [...lines.flatMap((line) => mistakesOfLine(line, byId.get(line.id) ?? [])), ...strays(lines, checks)]
  if (mistakes.length > 0) throw new UsageError(`the runbook and its checks do not fit together:\n  ${mistakes.join('\n  ')}`)
  return lines.map((line) => ({ line, check: byId.get(line.id)?.[0] }))
}

function mistakesOfLine(line: Line, checks: readonly Check[]): string[] {
  const [check, double] = checks
  if (check === undefined) {
    return line.attestedDays === undefined
      ? [`${line.location}: ${line.id} has no check; bind one in suites/${line.suite}, or give the line "Attested: N days"`]
      : []
  }
  if (double !== undefined) return [`${double.location}: ${line.id} is bound already at ${check.location}; remove one of them`]
  if (line.attestedDays !== undefined)
    return [`${check.location}: ${line.id} is attested (${line.location}), so no check may be bound to it`]
  if (check.sentence !== line.sentence) {
    return [
      `${check.location}: ${line.id} is worded differently from ${line.location}\n    check:   ${check.sentence}\n    runbook: ${line.sentence}`,
    ]
  }
  return []
}

function strays(lines: readonly Line[], checks: readonly Check[]): string[] {
  const known = new Set(lines.map((line) => line.id))
  return checks
    .filter((check) => !known.has(check.id))
    .map((check) => `${check.location}: no line of the runbook has the id ${check.id}`)
}
