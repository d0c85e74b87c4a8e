import type { LogLine } from '../../src/probes/docker-logs.ts'

const ERROR_LEVELS = ['error', 'critical', 'fatal', 'alert', 'emergency']
const MINUTE_MS = 60_000

/** The level of a structured line, in lower case; empty where the line is none. */
export function levelOf({ text }: LogLine): string {
  const entry = objectOf(text)
  const level = entry?.level ?? entry?.levelname ?? entry?.severity
  return typeof level === 'string' ? level.toLowerCase() : ''
}

/** Whether a line is one JSON object. */
export function isStructured({ text }: LogLine): boolean {
  return objectOf(text) !== undefined
}

/** The greatest number of errors within any one minute. */
export function errorBurst(lines: readonly LogLine[]): number {
  const times = lines.filter((line) => ERROR_LEVELS.includes(levelOf(line))).map(({ at }) => at)
  let most = 0
  let first = 0
  for (const [index, at] of times.entries()) {
    while (at - (times[first] ?? at) >= MINUTE_MS) first += 1
    most = Math.max(most, index - first + 1)
  }
  return most
}

function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    // A JSON text that begins with a brace is an object.
    return JSON.parse(text) as Readonly<Record<string, unknown>>
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
