/** One line of a deployment log. */
export interface LogLine {
  readonly at: Date
  readonly text: string
}

/** The last deploy that a log tells of. */
export interface LoggedDeploy {
  readonly startedAt: Date
  /** Its lines, the first one included. */
  readonly lines: readonly LogLine[]
  /** Numbers of the steps that it began, in order. */
  readonly steps: readonly number[]
  /** How many steps there are, where the log says so. */
  readonly stepCount: number | undefined
  readonly isCompleted: boolean
  readonly errors: readonly string[]
}

/** `[2026-01-02 03:04:05] …`: the time is UTC, which a line of preflight demands of every host. */
const LINE = /^\[(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)?Z?\] (.*)$/
const STARTED = /\bdeploy(ment)?\b.*\bstart(ed|s)?\b|\bstarting\b.*\bdeploy/i
const COMPLETED = /\bdeploy(ment)?\b.*\bcompleted?\b/i
const STEP = /\bstep (\d+)(?: of (\d+))?:/i
// In capitals, as a level is written: `no error` in a sentence is none.
const ERROR = /\b(ERROR|FATAL|CRITICAL)\b/

/** The last deploy in a log's end; undefined where no start of one is in it. */
export function lastDeploy(tail: string): LoggedDeploy | undefined {
  const lines = tail.split('\n').flatMap(lineOf)
  const start = lines.findLastIndex(({ text }) => STARTED.test(text))
  const first = lines[start]
  if (first === undefined) return undefined
  const own = lines.slice(start)
  return {
    startedAt: first.at,
    lines: own,
    steps: own.flatMap(({ text }) => {
      const number = STEP.exec(text)?.[1]
      return number === undefined ? [] : [Number(number)]
    }),
    stepCount: stepCountOf(own),
    isCompleted: own.some(({ text }) => COMPLETED.test(text)),
    errors: own.filter(({ text }) => ERROR.test(text)).map(({ text }) => text),
  }
}

function lineOf(line: string): LogLine[] {
  const [, date, time, text] = LINE.exec(line.trimEnd()) ?? []
  if (date === undefined || time === undefined || text === undefined) return []
  return [{ at: new Date(`${date}T${time}Z`), text }]
}

function stepCountOf(lines: readonly LogLine[]): number | undefined {
  const count = lines.map(({ text }) => STEP.exec(text)?.[2]).find((found) => found !== undefined)
  return count === undefined ? undefined : Number(count)
}

/** When a step began; undefined where the log does not tell. */
export function stepStarted({ lines }: LoggedDeploy, step: number): Date | undefined {
  return lines.find(({ text }) => STEP.exec(text)?.[1] === String(step))?.at
}
