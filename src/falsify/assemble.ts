import type { Falsification, FalsificationRun, LastSeen, Problem } from '../report/falsification.ts'
import { covered, type Exemptions, type Part } from './catalogue.ts'
import type { SubjectKind } from './fault.ts'
import type { EvaluatedLine } from './lines.ts'
import type { Falsified, Tried } from './run.ts'

export interface Assembling {
  readonly target: SubjectKind
  readonly falsified: Falsified
  /** The lines that this kind of target evaluates. */
  readonly lines: readonly EvaluatedLine[]
  /** The catalogue and the lines of every other kind. */
  readonly others: readonly Part[]
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

/** The matrix as it is written down, with everything that is wrong in it, beside what the last run of each other kind of target left. */
export function assemble(assembling: Assembling): Falsification {
  const { exempt, earlier, target, lines, others } = assembling
  const known = new Map([...lines, ...others.flatMap((other) => other.lines)].map((line) => [line.id, line]))
  return {
    schema: 'omninode-runbook/falsification@2',
    runs: [runOf(assembling), ...(earlier?.runs.filter((run) => run.target !== target) ?? [])],
    lines: [...known.values()].map((line) => ({ id: line.id, suite: line.suite, ...lastSeen(line, assembling) })),
    excused: [
      ...exempt.red.map((one) => ({ ...one, from: 'red' as const })),
      ...exempt.unobserved.map((one) => ({ ...one, from: 'unobserved' as const })),
      ...exempt.healthy.map((one) => ({ ...one, from: 'healthy' as const })),
      ...exempt.within.map((one) => ({ ...one, from: 'within' as const })),
    ],
  }
}

function runOf(assembling: Assembling): FalsificationRun {
  const { target, falsified, lines, selection, startedAt, commit, targets, catalogue } = assembling
  const isWhole = selection === ''
  const problems: Problem[] = [
    ...catalogue.map((text): Problem => ({ kind: 'catalogue', fault: null, line: null, text })),
    ...falsified.problems,
    ...falsified.tried.flatMap((tried) => tried.problems),
    ...(isWhole ? [...neverSeen(assembling), ...neverFromWithin(assembling)] : []),
  ]
  return {
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    commit,
    target,
    targets,
    selection,
    holds: problems.length === 0,
    faults: falsified.tried.map(({ fault, ms, phases, cells }) => ({
      id: fault.id,
      title: fault.title,
      ms,
      ...(phases === undefined ? {} : { phases }),
      looked: cells.length,
      cells: cells.filter(({ seen, expected }) => seen !== 'passed' || expected !== 'passed'),
    })),
    lines: lines.length,
    problems,
  }
}

type Sightings = Pick<Falsification['lines'][number], 'lastSeenRed' | 'lastSeenUnobserved'>

function lastSeen({ id }: EvaluatedLine, assembling: Assembling): Sightings {
  const before = assembling.earlier?.lines.find((line) => line.id === id)
  return {
    lastSeenRed: sighting(id, 'failed', assembling) ?? before?.lastSeenRed ?? null,
    lastSeenUnobserved: sighting(id, 'unobserved', assembling) ?? before?.lastSeenUnobserved ?? null,
  }
}

/** The fault that is most about the line: of those that did what they must, the one that the fewest lines notice. */
function sighting(
  id: string,
  outcome: 'failed' | 'unobserved',
  { falsified, target }: Pick<Assembling, 'falsified' | 'target'>,
): LastSeen | undefined {
  const saw = falsified.tried.filter(({ cells }) => cells.some((cell) => isSighting(cell, id, outcome)))
  const [most] = saw.toSorted((one, other) => one.fault.expect[outcome].length - other.fault.expect[outcome].length)
  return most === undefined ? undefined : { fault: most.fault.id, target, at: most.at }
}

function isSighting(cell: Tried['cells'][number], id: string, outcome: 'failed' | 'unobserved'): boolean {
  return cell.line === id && cell.seen === outcome && cell.expected === outcome
}

/** Lines that this run should have shown: those that only this kind of target evaluates, or that no other kind's faults are about. */
function neverSeen(assembling: Assembling): Problem[] {
  const { lines, exempt, others } = assembling
  const problems = (outcome: 'failed' | 'unobserved', excused: readonly { readonly line: string }[]): Problem[] => {
    const elsewhere = covered(outcome, others)
    const isDue = ({ id }: EvaluatedLine): boolean => !elsewhere.has(id) && !excused.some(({ line }) => line === id)
    return lines
      .filter((line) => isDue(line) && sighting(line.id, outcome, assembling) === undefined)
      .map(({ id }) => ({
        kind: outcome === 'failed' ? 'never seen red' : 'never seen unobserved',
        fault: null,
        line: id,
        text: `${id} was seen ${outcome} under no fault`,
      }))
  }
  return [...problems('failed', exempt.red), ...problems('unobserved', exempt.unobserved)]
}

/** A limit that was only ever broken by far may stand anywhere. */
function neverFromWithin({ falsified: { tried, limits }, lines, exempt, others }: Assembling): Problem[] {
  const kept = new Set([
    ...covered('within', others),
    ...tried.flatMap(({ fault, cells }) =>
      fault.expect.within.filter((id) => cells.some(({ line, seen }) => line === id && seen === 'passed')),
    ),
  ])
  return lines
    .filter(({ id }) => (limits.get(id)?.length ?? 0) > 0 && !kept.has(id) && !exempt.within.some(({ line }) => line === id))
    .map(({ id }) => ({
      kind: 'limit never tried from within',
      fault: null,
      line: id,
      text: `${id} has a limit (${limits.get(id)?.join(', ')}), and no fault shows that what is just within stays green`,
    }))
}
