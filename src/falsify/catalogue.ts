import type { Fault } from './fault.ts'
import type { EvaluatedLine } from './lines.ts'

/** A line that no fault of the catalogue can show red, or blind, on this target, and why. */
export interface Exempt {
  readonly line: string
  readonly reason: string
}

export interface Exemptions {
  /** Lines that cannot be seen red. */
  readonly red: readonly Exempt[]
  /** Lines that cannot be seen unobserved. */
  readonly unobserved: readonly Exempt[]
  /** Lines that may be unobserved on a healthy target. */
  readonly healthy: readonly Exempt[]
  /** Lines whose limit cannot be tried from within. */
  readonly within: readonly Exempt[]
}

/** What is wrong with the catalogue as it is written, before any fault is put anywhere: one sentence each. */
export function catalogueProblems(faults: readonly Fault[], lines: readonly EvaluatedLine[], exempt: Exemptions): string[] {
  return [
    ...doubled(faults),
    ...faults.flatMap((fault) => problemsOf(fault, lines)),
    ...missing('red', 'failed', faults, lines, exempt.red),
    ...missing('unobserved', 'unobserved', faults, lines, exempt.unobserved),
  ]
}

function doubled(faults: readonly Fault[]): string[] {
  const ids = faults.map(({ id }) => id)
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))].map((id) => `two faults are called ${id}`)
}

function problemsOf(fault: Fault, lines: readonly EvaluatedLine[]): string[] {
  const { failed, unobserved, within } = fault.expect
  const named = [...failed, ...unobserved, ...within]
  const known = new Map(lines.map((line) => [line.id, line]))
  const untouched = named.filter((id) => !(known.get(id)?.systems.some((system) => fault.touches.includes(system)) ?? true))
  return [
    ...(named.length === 0 ? [`${fault.id} names no line that must notice it`] : []),
    ...named.filter((id, index) => named.indexOf(id) !== index).map((id) => `${fault.id} names ${id} twice`),
    ...named.filter((id) => !known.has(id)).map((id) => `${fault.id} names ${id}, which this target does not evaluate`),
    ...untouched.map((id) => `${fault.id} names ${id}, which touches none of ${fault.touches.join(', ')}`),
  ]
}

function missing(
  word: string,
  outcome: 'failed' | 'unobserved',
  faults: readonly Fault[],
  lines: readonly EvaluatedLine[],
  exempt: readonly Exempt[],
): string[] {
  const covered = new Set(faults.flatMap((fault) => fault.expect[outcome]))
  const excused = new Set(exempt.map(({ line }) => line))
  const known = new Set(lines.map(({ id }) => id))
  return [
    ...lines.filter(({ id }) => !covered.has(id) && !excused.has(id)).map(({ id }) => `no fault turns ${id} ${word}`),
    ...[...excused]
      .filter((id) => covered.has(id))
      .map((id) => `${id} is excused from being ${word}, and a fault makes it so: remove the excuse`),
    ...[...excused].filter((id) => !known.has(id)).map((id) => `${id} is excused from being ${word}, and is not evaluated here`),
  ]
}
