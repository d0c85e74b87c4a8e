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
 * So many places, the same ones at the same seed: one kind of change after the other, each in a file that no earlier one
 * touched, as long as there is such a file.
 */
export function chooseMutants(sources: Sources, count: number, seed: number): Mutant[] {
  const order = (text: string): string => createHash('sha256').update(`${seed} ${text}`).digest('hex')
  const candidates = [...sources]
    .flatMap(([file, text]) =>
      mutationsOf(text).map((mutation): Mutant => ({ ...mutation, file, line: lineOf(text, mutation.start) })),
    )
    .toSorted((one, other) =>
      order(`${one.file} ${one.start} ${one.kind}`).localeCompare(order(`${other.file} ${other.start} ${other.kind}`)),
    )
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

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}
