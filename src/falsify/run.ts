import type { Cell, Phases, Problem } from '../report/falsification.ts'
import { fromBothEnds } from './both-ends.ts'
import { type Choice, chooseLines } from './choose.ts'
import { cellsOf, faultProblems, healthyProblems, isWrong } from './compare.ts'
import type { Fault } from './fault.ts'
import type { EvaluatedLine } from './lines.ts'
import type { Pool } from './pool.ts'
import type { Sight } from './protocol.ts'

export interface Falsifying {
  readonly pool: Pool
  readonly faults: readonly Fault[]
  readonly lines: readonly EvaluatedLine[]
  /** Lines that may be unobserved on a healthy target. */
  readonly excused: readonly string[]
  readonly all: Choice['all']
  readonly only: readonly string[] | undefined
  /** How long each fault took when it was tried last, in milliseconds. */
  readonly lasted: ReadonlyMap<string, number>
  readonly onEnd: (id: string, isRight: boolean) => void
}

/** What one fault did. */
export interface Tried {
  readonly fault: Fault
  readonly at: string
  readonly ms: number
  readonly phases?: Phases
  readonly cells: readonly Cell[]
  readonly problems: readonly Problem[]
}

export interface Falsified {
  readonly tried: readonly Tried[]
  /** Of the healthy targets. */
  readonly problems: readonly Problem[]
  /** The lines that the targets evaluate, now that they run. */
  readonly lines: readonly EvaluatedLine[]
  /** Names of the limits that each line uses. */
  readonly limits: ReadonlyMap<string, readonly string[]>
}

interface Turn {
  readonly fault: Fault
  readonly lines: readonly string[]
}

/** Looks at healthy targets, then at each fault: those about quiet lines first, then those about load and rehearsals; what could not look and should have looks again alone. */
export async function falsify(falsifying: Falsifying): Promise<Falsified> {
  const { faults } = falsifying
  const turnsOf = (lines: readonly EvaluatedLine[]): Turn[] =>
    faults.map((fault) => ({ fault, lines: chooseLines(fault, lines, falsifying) }))
  const { skipped, ...healthy } = await lookAtHealthy(
    falsifying,
    new Set(turnsOf(falsifying.lines).flatMap((turn) => turn.lines)),
  )
  // Only once it runs does a target tell what of it is optional and not there.
  const lines = falsifying.lines.filter(({ id }) => !skipped.has(id))
  const turns = turnsOf(lines).toSorted((one, other) => lastedOf(other, falsifying) - lastedOf(one, falsifying))
  const tryEach = (some: readonly Turn[]): Promise<Tried[]> =>
    fromBothEnds(some, falsifying.pool.size, (turn) => tryOne(turn, falsifying))
  const loud = new Set(lines.flatMap(({ id, loud }) => (loud === undefined ? [] : [id])))
  const isLoud = (turn: Turn): boolean => turn.lines.some((id) => loud.has(id))
  const first = await tryEach(turns.filter((turn) => !isLoud(turn)))
  const second = await tryEach(turns.filter(isLoud))
  const tried: Tried[] = []
  for (const one of [...first, ...second]) tried.push(await again(one, falsifying))
  return { tried: tried.toSorted((a, b) => faults.indexOf(a.fault) - faults.indexOf(b.fault)), lines, ...healthy }
}

/** What nobody has tried yet counts as one of the long ones: whether it waits is not known. */
function lastedOf({ fault }: Turn, { lasted }: Falsifying): number {
  return lasted.get(fault.id) ?? Number.MAX_SAFE_INTEGER
}

/** Every target looks, with the loud lines on the first one only. */
async function lookAtHealthy(
  { pool, lines, excused, onEnd }: Falsifying,
  wanted: ReadonlySet<string>,
): Promise<Pick<Falsified, 'problems' | 'limits'> & { readonly skipped: ReadonlySet<string> }> {
  const looking = lines.filter(({ id }) => wanted.has(id))
  const quiet = looking.filter(({ loud }) => loud === undefined).map(({ id }) => id)
  const orders = Array.from({ length: pool.size }, (_, index) => ({
    fault: null,
    lines: index === 0 ? looking.map(({ id }) => id) : quiet,
  }))
  const sights: Sight[] = []
  for (const sight of await Promise.all(orders.map((order) => pool.look(order)))) sights.push(await healthyAgain(sight, pool))
  const problems = sights.flatMap((sight) => healthyProblems(sight, excused))
  onEnd('healthy', problems.length === 0)
  const limits = new Map(sights.flatMap((sight) => sight.lines.map((line) => [line.id, line.limits] as const)))
  const skipped = new Set(
    sights.flatMap((sight) => sight.lines.flatMap(({ id, outcome }) => (outcome === 'skipped' ? [id] : []))),
  )
  return { problems, limits, skipped }
}

/** Another look, alone, with the lines that could not look on a healthy target. */
async function healthyAgain(sight: Sight, pool: Pool): Promise<Sight> {
  const blind = sight.lines.filter(({ outcome }) => outcome === 'unobserved').map(({ id }) => id)
  if (blind.length === 0) return sight
  const { lines, problems } = await pool.look({ fault: null, lines: blind })
  const anew = new Map(lines.map((line) => [line.id, line]))
  return {
    ...sight,
    problems: [...sight.problems, ...problems],
    lines: sight.lines.map((line) => anew.get(line.id) ?? line),
  }
}

async function tryOne({ fault, lines }: Turn, { pool, excused, onEnd }: Falsifying): Promise<Tried> {
  const sight = await pool.look({ fault: fault.id, lines: [...lines] })
  const tried = outcomeOf(fault, sight, cellsOf(fault, sight, excused))
  onEnd(fault.id, tried.problems.length === 0)
  return tried
}

/** Another look, alone, with the lines that could not look and should have: on a busy machine an answer may come too late. What is red stays red. */
async function again(tried: Tried, { pool, excused }: Falsifying): Promise<Tried> {
  const blind = tried.cells.filter((cell) => cell.seen === 'unobserved' && isWrong(cell)).map(({ line }) => line)
  if (blind.length === 0) return tried
  const sight = await pool.look({ fault: tried.fault.id, lines: blind })
  const anew = new Map(cellsOf(tried.fault, sight, excused).map((cell) => [cell.line, cell]))
  const cells = tried.cells.map((cell) => anew.get(cell.line) ?? cell)
  return outcomeOf(tried.fault, { ...sight, ms: tried.ms + sight.ms }, cells)
}

function outcomeOf(fault: Fault, sight: Sight, cells: readonly Cell[]): Tried {
  const { at, ms, phases } = sight
  return { fault, at, ms, ...(phases && { phases }), cells, problems: faultProblems(fault, sight, cells) }
}
