/** One assignment of an environment file. */
export interface Assignment {
  readonly key: string
  readonly value: string
  /** Counted from 1. */
  readonly line: number
  readonly quoting: 'none' | 'single' | 'double'
}

/** A line that is no assignment, or one that will not mean what it seems to. */
export interface EnvProblem {
  readonly line: number
  readonly text: string
}

export interface EnvFile {
  readonly assignments: readonly Assignment[]
  /** What compose would take: of a key that stands twice, the last one. */
  readonly values: ReadonlyMap<string, string>
  readonly duplicates: readonly { readonly key: string; readonly lines: readonly number[] }[]
  readonly problems: readonly EnvProblem[]
}

const KEY = /^(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*(?:=|:[ \t])[ \t]*/
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

/**
 * Reads an environment file as compose does: comments, `export`, single quotes literal, double quotes with escapes, an
 * unquoted value up to a ` #`. References to other variables are not expanded: they are a problem, because what they become
 * depends on the shell that starts compose.
 */
export function parseEnvFile(text: string): EnvFile {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  const assignments: Assignment[] = []
  const problems: EnvProblem[] = text.startsWith('\uFEFF') ? [{ line: 1, text: 'starts with a byte order mark' }] : []
  if (text.includes('\r'))
    problems.push({ line: text.slice(0, text.indexOf('\r')).split('\n').length, text: 'has carriage returns' })
  for (let index = 0; index < lines.length; ) {
    const read = readStatement(lines, index)
    if (read.assignment !== undefined) assignments.push(read.assignment)
    if (read.problem !== undefined) problems.push({ line: index + 1, text: read.problem })
    index = read.next
  }
  return {
    assignments,
    values: new Map(assignments.map(({ key, value }) => [key, value])),
    duplicates: duplicatesOf(assignments),
    problems,
  }
}

interface Statement {
  readonly assignment?: Assignment
  readonly problem?: string
  /** Index of the line after it. */
  readonly next: number
}

function readStatement(lines: readonly string[], index: number): Statement {
  const line = (lines[index] ?? '').trimStart()
  if (line === '' || line.startsWith('#')) return { next: index + 1 }
  const key = KEY.exec(line)
  if (key?.[1] === undefined) return { problem: notAnAssignment(line), next: index + 1 }
  const rest = line.slice(key[0].length)
  const quote = rest[0]
  if (quote !== "'" && quote !== '"') return unquoted(key[1], rest, index)
  return quoted(key[1], quote, [rest.slice(1), ...lines.slice(index + 1)].join('\n'), index)
}

/** Nothing of the line is shown: it may be a secret that lost its key. */
function notAnAssignment(line: string): string {
  return /^(?:export[ \t]+)?[A-Za-z_][\w.-]*$/.test(line.trim())
    ? `${line.trim()} has no value; compose would take it from the shell that starts it`
    : 'is neither KEY=value nor a comment'
}

function unquoted(key: string, rest: string, index: number): Statement {
  const value = rest.replace(/(?:^|[ \t])#.*$/, '').trimEnd()
  const assignment: Assignment = { key, value, line: index + 1, quoting: 'none' }
  const problem = referenceIn(key, value) ?? (/["']/.test(value) ? `${key} has a stray quote in its value` : undefined)
  return problem === undefined ? { assignment, next: index + 1 } : { assignment, problem, next: index + 1 }
}

function quoted(key: string, quote: "'" | '"', text: string, index: number): Statement {
  const end = closingQuote(text, quote)
  if (end === -1) return { problem: `${key} has no closing ${quote}`, next: index + 1 }
  const body = text.slice(0, end)
  const value = quote === '"' ? body.replaceAll(/\\(.)/gs, (_whole, character: string) => ESCAPES[character] ?? character) : body
  const span = body.split('\n').length
  const after = text.slice(end + 1).split('\n')[0] ?? ''
  const assignment: Assignment = { key, value, line: index + 1, quoting: quote === '"' ? 'double' : 'single' }
  const trailing = /^[ \t]*(#.*)?$/.test(after) ? undefined : `${key} has text after its closing ${quote}`
  const problem = trailing ?? (quote === '"' ? referenceIn(key, body.replaceAll(/\\./gs, '')) : undefined)
  return problem === undefined ? { assignment, next: index + span } : { assignment, problem, next: index + span }
}

function closingQuote(text: string, quote: string): number {
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\' && quote === '"') at += 1
    else if (text[at] === quote) return at
  }
  return -1
}

function referenceIn(key: string, value: string): string | undefined {
  const reference = /\$(?:\{[^}]*\}?|[A-Za-z_]\w*)/.exec(value)?.[0]
  return reference === undefined ? undefined : `${key} refers to ${reference}, which the shell that starts compose decides`
}

function duplicatesOf(assignments: readonly Assignment[]): { key: string; lines: number[] }[] {
  return [...Map.groupBy(assignments, ({ key }) => key)]
    .filter(([, all]) => all.length > 1)
    .map(([key, all]) => ({ key, lines: all.map(({ line }) => line) }))
}
