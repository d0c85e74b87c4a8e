import type { Cell, Problem } from '../report/falsification.ts'
import { expectedOf, type Fault } from './fault.ts'
import type { SeenLine, Sight } from './protocol.ts'

/** The root cause of a figure that the observer's own delay has spoilt. */
const SLOW_OBSERVER = 'observer:slow'

/** What a fault did to each line that looked; what is blind on a healthy target as well says nothing. */
export function cellsOf(fault: Fault, sight: Sight, excused: readonly string[]): Cell[] {
  const asBefore = ({ id, outcome }: SeenLine): boolean => outcome === 'unobserved' && excused.includes(id)
  return sight.lines
    .filter((line) => !asBefore(line))
    .map((line) => ({
      line: line.id,
      expected: expectedOf(fault, line.id),
      seen: line.outcome,
      cause: line.cause,
      reason: line.reason,
      spoilt: isSpoilt(line),
    }))
}

/** Whether a line could not judge its figure because this machine was too busy. */
export function isSpoilt({ cause }: Pick<SeenLine, 'cause'>): boolean {
  return cause === SLOW_OBSERVER
}

/** Whether a cell says something that should not be; a spoilt figure says nothing at all where green was due. */
export function isWrong({ expected, seen, spoilt }: Cell): boolean {
  return seen !== expected && !(spoilt && expected === 'passed')
}

/** Everything about a fault that is not as its catalogue says. */
export function faultProblems(fault: Fault, sight: Sight, cells: readonly Cell[]): Problem[] {
  return [
    ...sight.problems.map((text): Problem => ({ kind: 'fault does not work', fault: fault.id, line: null, text })),
    ...cells.filter(isWrong).map((cell) => wrongCell(fault, cell)),
  ]
}

function wrongCell(fault: Fault, { line, expected, seen, reason, cause }: Cell): Problem {
  const because = [cause, reason].filter((part) => part !== null && part !== '').join(': ')
  const text = `${line} is ${seen} and should be ${expected} under ${fault.id}${because === '' ? '' : ` (${firstLine(because)})`}`
  return { kind: kindOf(expected, seen), fault: fault.id, line, text }
}

function kindOf(expected: Cell['expected'], seen: Cell['seen']): Problem['kind'] {
  if (seen === 'passed') return 'green though broken'
  if (expected === 'passed' && seen === 'failed') return 'red though unexpected'
  if (expected === 'passed' && seen === 'unobserved') return 'unobserved though unexpected'
  return 'another outcome than expected'
}

function firstLine(text: string): string {
  const [first = ''] = text.split('\n')
  return first.length > 300 ? `${first.slice(0, 300)}…` : first
}

/** What is not green on a healthy target. */
export function healthyProblems(sight: Sight, excused: readonly string[]): Problem[] {
  const wrong = sight.lines.filter(
    (line) => line.outcome !== 'passed' && line.outcome !== 'skipped' && !isSpoilt(line) && !excused.includes(line.id),
  )
  return [
    ...sight.problems.map((text): Problem => ({ kind: 'fault does not work', fault: null, line: null, text })),
    ...wrong.map(
      ({ id, outcome, reason }): Problem => ({
        kind: 'healthy but not green',
        fault: null,
        line: id,
        text: `${id} is ${outcome} on a healthy target: ${firstLine(reason)}`,
      }),
    ),
  ]
}
