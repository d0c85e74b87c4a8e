import { createHash } from 'node:crypto'
import { KINDS, type Mutation, mutationsOf } from './mutations.ts'

/** A change, and where it is made. */
export interface Mutant extends Mutation {
  readonly file: string
  /** From 1. */
  readonly line: number
}

/** Text of each file that may be broken, by its path. */
export type Sources = ReadonlyMap<string, string>

/**
 * So many places, the same ones at the same seed whatever else changes in their files: one kind of change after the other, each
 * in a file that no earlier one touched, as long as there is such a file.
 */
export function chooseMutants(sources: Sources, count: number, seed: number): Mutant[] {
  const order = (mutant: Mutant): string =>
    createHash('sha256')
      .update(`${seed} ${nameOf(mutant)}`)
      .digest('hex')
  const candidates = [...sources]
    .flatMap(([file, text]) =>
      mutationsOf(text).map((mutation): Mutant => ({ ...mutation, file, line: lineOf(text, mutation.start) })),
    )
    .map((mutant) => ({ mutant, order: order(mutant) }))
    .toSorted((one, other) => one.order.localeCompare(other.order))
    .map(({ mutant }) => mutant)
  const chosen: Mutant[] = []
  const uses = new Map<string, number>()
  for (let turn = 0; chosen.length < count && turn < count * KINDS.length; turn += 1) {
    const kind = KINDS[turn % KINDS.length]
    const rested = candidates.filter((one) => one.kind === kind && !chosen.includes(one))
    const fewest = Math.min(...rested.map(({ file }) => uses.get(file) ?? 0))
    const next = rested.find(({ file }) => (uses.get(file) ?? 0) === fewest)
    if (next === undefined) continue
    uses.set(next.file, fewest + 1)
    chosen.push(next)
  }
  return chosen
}

/** What a mutant is known by: not its line, which moves with every edit above it. */
export function nameOf({ file, kind, from }: Pick<Mutant, 'file' | 'kind' | 'from'>): string {
  return `${file} ${kind} ${from.replace(/\s+/g, ' ')}`
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}
