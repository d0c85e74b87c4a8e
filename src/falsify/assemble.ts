import type { Falsification, LastSeen, Problem } from '../report/falsification.ts'
import type { Exemptions } from './catalogue.ts'
import type { EvaluatedLine } from './lines.ts'
import type { Falsified, Tried } from './run.ts'

export interface Assembling {
  readonly falsified: Falsified
  readonly lines: readonly EvaluatedLine[]
  readonly exempt: Exemptions
  /** Sentences about the catalogue as it is written. */
  readonly catalogue: readonly string[]
  readonly selection: string
  readonly startedAt: Date
  readonly commit: string
  readonly targets: number
  /** What an earlier falsification left, whose sightings stay true. */
  readonly earlier: Falsification | undefined
}

/** The matrix as it is written down, with everything that is wrong in it. */
export function assemble(assembling: Assembling): Falsification {
  const { falsified, lines, exempt, selection, startedAt, commit, targets, catalogue } = assembling
  const isWhole = selection === ''
  const problems: Problem[] = [
    ...catalogue.map((text): Problem => ({ kind: 'catalogue', fault: null, line: null, text })),
    ...falsified.problems,
    ...falsified.tried.flatMap((tried) => tried.problems),
    ...(isWhole ? [...neverSeen(assembling), ...neverFromWithin(assembling)] : []),
  ]
  return {
    schema: 'omninode-runbook/falsification@1',
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    commit,
    target: 'embedded',
    targets,
    selection,
    holds: problems.length === 0,
    faults: falsified.tried.map(({ fault, ms, cells }) => ({
      id: fault.id,
      title: fault.title,
      ms,
      looked: cells.length,
      cells: cells.filter(({ seen, expected }) => seen !== 'passed' || expected !== 'passed'),
    })),
    lines: lines.map((line) => ({ id: line.id, suite: line.suite, ...lastSeen(line, assembling) })),
    excused: [
      ...exempt.red.map((one) => ({ ...one, from: 'red' as const })),
      ...exempt.unobserved.map((one) => ({ ...one, from: 'unobserved' as const })),
      ...exempt.healthy.map((one) => ({ ...one, from: 'healthy' as const })),
      ...exempt.within.map((one) => ({ ...one, from: 'within' as const })),
    ],
    problems,
  }
}

type Sightings = Pick<Falsification['lines'][number], 'lastSeenRed' | 'lastSeenUnobserved'>

function lastSeen({ id }: EvaluatedLine, { falsified, earlier }: Assembling): Sightings {
  const before = earlier?.lines.find((line) => line.id === id)
  return {
    lastSeenRed: sighting(id, 'failed', falsified.tried) ?? before?.lastSeenRed ?? null,
    lastSeenUnobserved: sighting(id, 'unobserved', falsified.tried) ?? before?.lastSeenUnobserved ?? null,
  }
}

/** The fault that is most about the line: of those that did what they must, the one that the fewest lines notice. */
function sighting(id: string, outcome: 'failed' | 'unobserved', tried: readonly Tried[]): LastSeen | undefined {
  const saw = tried.filter(({ cells }) => cells.some((cell) => isSighting(cell, id, outcome)))
  const [most] = saw.toSorted((one, other) => one.fault.expect[outcome].length - other.fault.expect[outcome].length)
  return most === undefined ? undefined : { fault: most.fault.id, at: most.at }
}

function isSighting(cell: Tried['cells'][number], id: string, outcome: 'failed' | 'unobserved'): boolean {
  return cell.line === id && cell.seen === outcome && cell.expected === outcome
}

function neverSeen({ falsified, lines, exempt }: Assembling): Problem[] {
  const problems = (outcome: 'failed' | 'unobserved', excused: readonly { readonly line: string }[]): Problem[] =>
    lines
      .filter(({ id }) => sighting(id, outcome, falsified.tried) === undefined && !excused.some(({ line }) => line === id))
      .map(({ id }) => ({
        kind: outcome === 'failed' ? 'never seen red' : 'never seen unobserved',
        fault: null,
        line: id,
        text: `${id} was seen ${outcome} under no fault`,
      }))
  return [...problems('failed', exempt.red), ...problems('unobserved', exempt.unobserved)]
}

/** A limit that was only ever broken by far may stand anywhere. */
function neverFromWithin({ falsified: { tried, limits }, lines, exempt }: Assembling): Problem[] {
  const kept = new Set(
    tried.flatMap(({ fault, cells }) =>
      fault.expect.within.filter((id) => cells.some(({ line, seen }) => line === id && seen === 'passed')),
    ),
  )
  return lines
    .filter(({ id }) => (limits.get(id)?.length ?? 0) > 0 && !kept.has(id) && !exempt.within.some(({ line }) => line === id))
    .map(({ id }) => ({
      kind: 'limit never tried from within',
      fault: null,
      line: id,
      text: `${id} has a limit (${limits.get(id)?.join(', ')}), and no fault shows that what is just within stays green`,
    }))
}
