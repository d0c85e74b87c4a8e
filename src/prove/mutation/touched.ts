import type { Mutant, Sources } from './choose.ts'
import type { Importers } from './imports.ts'

/** Test files that are run for one mutant; the nearest ones notice first. */
const MOST_TESTS = 8
/** Where only tests of a whole target import the file. */
const MOST_SLOW_TESTS = 2
/** They take long, and their figures suffer from a busy machine; falsification starts a target anyway. */
const WHOLE_TARGET =
  /\/(?:targets\/(?:ephemeral|embedded|live)[^/]*\/|(?:embedded|ephemeral|live|over-ssh|stack|rehearsal|restore|rollback|run|command-line|drill-[\w-]+)\.test\.ts$)/
/** Lines that are falsified for one mutant. */
const MOST_LINES = 6
const DECLARATION = /^\s*(?:check|chain)\(\s*'([A-Z]+-\d+)'/gm

/** What is run to notice a mutant. */
export interface Touched {
  /** Test files, the nearest importers first. */
  readonly tests: readonly string[]
  /** Lines whose checks are made of the file; those of the check that was changed where it is one. */
  readonly lines: readonly string[]
}

/** Which tests import the changed file, and which lines are judged or observed with its help. */
export function touchedBy({ file, start }: Pick<Mutant, 'file' | 'start'>, sources: Sources, importers: Importers): Touched {
  const near = [...importers.of(file)].toSorted(([one, a], [other, b]) => a - b || kinship(other, file) - kinship(one, file))
  const tests = near.map(([importer]) => importer).filter((importer) => /^tests\/.*\.test\.ts$/.test(importer))
  const quick = tests.filter((test) => !WHOLE_TARGET.test(test))
  const own = file.startsWith('suites/') ? checkAt(sources.get(file) ?? '', start) : undefined
  const suites = near.map(([importer]) => importer).filter((importer) => /^suites\/[^/]+\/.*\.test\.ts$/.test(importer))
  const lines = own === undefined ? spread(suites.map((suite) => declared(sources.get(suite) ?? ''))) : [own]
  return {
    tests: quick.length > 0 ? quick.slice(0, MOST_TESTS) : tests.slice(0, MOST_SLOW_TESTS),
    lines: lines.slice(0, MOST_LINES),
  }
}

/** How much of its path a test shares with the file that it may be about. */
function kinship(test: string, file: string): number {
  const words = (text: string): string[] => text.replace(/(?:\.test)?\.ts$/, '').split(/[/-]/)
  const about = new Set(words(file))
  return words(test).filter((word) => about.has(word)).length
}

function declared(suite: string): string[] {
  return [...suite.matchAll(DECLARATION)].map(([, id = '']) => id)
}

/** The check within whose declaration the offset lies. */
function checkAt(suite: string, offset: number): string | undefined {
  const before = [...suite.matchAll(DECLARATION)].filter(({ index }) => index <= offset).at(-1)
  if (before === undefined) return undefined
  // What stands between two checks at the margin belongs to neither.
  const isOutside = /^(?:const|(?:async )?function|export|interface|type|\}\))/m.test(suite.slice(before.index, offset))
  return isOutside ? undefined : before[1]
}

/** One of each suite file in turn, so that a cut leaves some of all. */
function spread(groups: readonly (readonly string[])[]): string[] {
  const longest = Math.max(0, ...groups.map((group) => group.length))
  return Array.from({ length: longest }, (_, index) => groups.flatMap((group) => group[index] ?? [])).flat()
}
