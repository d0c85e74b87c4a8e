import { createHash } from 'node:crypto'
import type { Fault } from './fault.ts'
import type { EvaluatedLine } from './lines.ts'

/** How many lines that a fault does not touch look all the same, to see that they stay green. */
const SAMPLE = 12

/** Looking at a whole host costs as much as everything else together: for what leaves hosts alone, one fault in four has lines on them in its sample. */
const COSTLY = 'host'
const ONE_IN = 4

/** The suite whose lines take many samples, which take time and tell of a busy machine sooner than of a fault. */
const FIGURES = 'performance'

export interface Choice {
  /** Every line looks at every fault; `quiet`: every one that neither loads nor takes many samples. */
  readonly all: boolean | 'quiet'
  /** Only these lines; undefined for all of them. */
  readonly only: readonly string[] | undefined
}

/**
 * The lines that look at a target with this fault: those whose declared accesses it touches, and a sample of the others that is
 * the same at every run. What loads or rehearses looks only where the fault names it.
 */
export function chooseLines(fault: Fault, lines: readonly EvaluatedLine[], { all, only }: Choice): string[] {
  const expected = new Set([...fault.expect.failed, ...fault.expect.unobserved, ...fault.expect.within])
  const isTouched = ({ systems }: EvaluatedLine): boolean => systems.some((system) => fault.touches.includes(system))
  const looking = lines.filter((line) => isTouched(line) && (line.loud === undefined || expected.has(line.id)))
  const mayCost = looking.some(isCostly) || samplesCostly(fault)
  const isSampled = (line: EvaluatedLine): boolean => line.suite !== FIGURES && (mayCost || !isCostly(line))
  const rest = lines.filter((line) => !looking.includes(line) && line.loud === undefined && isSampled(line))
  const sampled = rest.toSorted((one, other) => rank(fault, one).localeCompare(rank(fault, other))).slice(0, SAMPLE)
  const quiet = lines.filter(({ id, loud, suite }) => expected.has(id) || (loud === undefined && suite !== FIGURES))
  const few = [...looking, ...sampled]
  const chosen = new Set((all === 'quiet' ? quiet : all ? lines : few).map(({ id }) => id))
  return lines.map(({ id }) => id).filter((id) => chosen.has(id) && (only?.includes(id) ?? true))
}

function isCostly({ systems }: EvaluatedLine): boolean {
  return systems.includes(COSTLY)
}

function samplesCostly({ id }: Fault): boolean {
  return Number.parseInt(digest(id).slice(0, 8), 16) % ONE_IN === 0
}

/** A place that depends on the two names alone. */
function rank(fault: Fault, line: EvaluatedLine): string {
  return digest(`${fault.id} ${line.id}`)
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
