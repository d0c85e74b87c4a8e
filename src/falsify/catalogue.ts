import { type Fault, namedBy } from './fault.ts'
import type { EvaluatedLine } from './lines.ts'

/** A line that no fault of the catalogue can show red, or blind, on any target, and why. */
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

/** The faults of one kind of target, and the lines that it evaluates. */
export interface Part {
  readonly name: string
  readonly faults: readonly Fault[]
  readonly lines: readonly EvaluatedLine[]
}

/** What is wrong with the catalogue as it is written, before any fault is put anywhere: one sentence each; `bound` are the lines that have a check. */
export function catalogueProblems(parts: readonly Part[], exempt: Exemptions, bound: readonly string[]): string[] {
  return [
    ...parts.flatMap(({ name, faults }) => doubled(name, faults)),
    ...parts.flatMap(({ name, faults, lines }) => faults.flatMap((fault) => problemsOf(name, fault, lines))),
    ...missing('red', 'failed', parts, exempt.red, bound),
    ...missing('unobserved', 'unobserved', parts, exempt.unobserved, bound),
    ...needless('being tried from within', covered('within', parts), exempt.within),
  ]
}

/** The lines that some fault of some part must turn so. */
export function covered(outcome: keyof Fault['expect'], parts: readonly Part[]): Set<string> {
  return new Set(parts.flatMap(({ faults }) => faults.flatMap((fault) => fault.expect[outcome])))
}

function doubled(name: string, faults: readonly Fault[]): string[] {
  const ids = faults.map(({ id }) => id)
  const twice = new Set(ids.filter((id, index) => ids.indexOf(id) !== index))
  return [...twice].map((id) => `two faults of ${name} are called ${id}`)
}

function problemsOf(name: string, fault: Fault, lines: readonly EvaluatedLine[]): string[] {
  const named = namedBy(fault)
  const known = new Map(lines.map((line) => [line.id, line]))
  const untouched = named.filter((id) => !(known.get(id)?.systems.some((system) => fault.touches.includes(system)) ?? true))
  return [
    ...(named.length === 0 ? [`${fault.id} names no line that must notice it`] : []),
    ...named.filter((id, index) => named.indexOf(id) !== index).map((id) => `${fault.id} names ${id} twice`),
    ...named.filter((id) => !known.has(id)).map((id) => `${fault.id} names ${id}, which ${name} does not evaluate`),
    ...untouched.map((id) => `${fault.id} names ${id}, which touches none of ${fault.touches.join(', ')}`),
  ]
}

function missing(
  word: string,
  outcome: 'failed' | 'unobserved',
  parts: readonly Part[],
  exempt: readonly Exempt[],
  bound: readonly string[],
): string[] {
  const shown = covered(outcome, parts)
  const excused = new Set(exempt.map(({ line }) => line))
  const known = new Set(parts.flatMap(({ lines }) => lines.map(({ id }) => id)))
  return [
    ...[...known].filter((id) => !shown.has(id) && !excused.has(id)).map((id) => `no fault turns ${id} ${word}`),
    ...needless(`being ${word}`, shown, exempt),
    ...[...excused].filter((id) => !bound.includes(id)).map((id) => `${id} is excused from being ${word}, and has no check`),
  ]
}

function needless(what: string, shown: ReadonlySet<string>, exempt: readonly Exempt[]): string[] {
  return exempt
    .filter(({ line }) => shown.has(line))
    .map(({ line }) => `${line} is excused from ${what}, and a fault makes it so: remove the excuse`)
}
