import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { UsageError } from './outcome.ts'
import { nearest } from './suggest.ts'
import { type YamlSource, yamlSourceOfFile } from './yaml-file.ts'

/** What is told of a key whenever something is wrong with it. */
export interface KeyHelp {
  /** What belongs there. */
  readonly expected: string
  /** What the writer does about it. */
  readonly todo: string
}

/** A kind of file in which people sign: a list of entries, each by a person, each for a while. */
export interface SignOffKind<K extends string = string> {
  /** Such as `waivers file`. */
  readonly what: string
  /** One entry, such as `waiver`. */
  readonly entry: string
  /** A file to copy from. */
  readonly example: string
  readonly keys: Readonly<Record<K, KeyHelp>>
}

/** One mistake in such a file. */
export interface Mistake {
  /** Index of the entry, and the key where it is one key's. */
  readonly path: readonly [number, ...PropertyKey[]]
  readonly wrong: string
  readonly expected: string
  readonly received: string
  readonly todo: string
}

/** Longer values are cut in messages. */
const SHOWN_CHARS = 80

/** A file of sign-offs that has the right shape, and still knows where each value stands. */
export interface SignOffFile<T> {
  readonly entries: readonly T[]
  /** The mistake as a message. */
  text(mistake: Mistake): string
  /** What stands at that path, as a message shows it. */
  received(path: readonly PropertyKey[]): string
}

/** Reads such a file. @throws UsageError with a message for every mistake: file, line, what is wrong, expected, received, what to do. */
export function readSignOffFile<T extends z.ZodType>(path: string, entry: T, kind: SignOffKind): SignOffFile<z.output<T>> {
  const source = sourceOf(path, kind)
  const value: unknown = source.value
  if (!Array.isArray(value)) throw new UsageError(notAList(source, kind))
  const received = (at: readonly PropertyKey[]): string => shown(valueAt(value, at))
  const text = (mistake: Mistake): string => textOf(mistake, source)
  const parsed = z.array(entry).safeParse(value)
  if (parsed.success) return { entries: parsed.data, text, received }
  const mistakes = parsed.error.issues.flatMap((issue) => mistakesOf(issue, kind, received))
  throw new UsageError(mistakes.map(text).join('\n'))
}

function sourceOf(path: string, { what, example }: SignOffKind): YamlSource {
  try {
    return yamlSourceOfFile(path, { what })
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    const problems = [...new Set(error.message.split('\n'))]
    const help = [
      `  expected: a list in plain YAML, as in ${example}`,
      `  received: ${lineNamed(problems[0] ?? '', path)}`,
      '  to do:    correct what is named above; the rest of the file is looked at once it can be read',
    ]
    throw new UsageError([...problems, ...help].join('\n'))
  }
}

/** The line that a problem names, as it stands in the file. */
function lineNamed(problem: string, path: string): string {
  const number = problem.startsWith(`${path}:`) ? /^(\d+): /.exec(problem.slice(path.length + 1))?.[1] : undefined
  return number === undefined ? 'nothing that can be read' : shown(readFileSync(path, 'utf8').split('\n')[Number(number) - 1])
}

function notAList({ place, value }: YamlSource, { what, entry, example }: SignOffKind): string {
  const isEmpty = value === null || value === undefined
  return [
    `${place([])}: the ${what} ${isEmpty ? 'is empty' : 'is no list'}`,
    `  expected: a list with a \`-\` before each ${entry}, as in ${example}`,
    `  received: ${shown(value)}`,
    `  to do:    ${isEmpty ? `write an entry, or \`[]\` where there is no ${entry}` : 'put a `-` before each entry'}`,
  ].join('\n')
}

function textOf({ path, wrong, expected, received, todo }: Mistake, { place }: YamlSource): string {
  const [index, ...keys] = path
  const key = `[${index}]${keys.map((part) => `.${String(part)}`).join('')}`
  return [
    `${place(path)}: \`${key}\`: ${wrong}`,
    `  expected: ${expected}`,
    `  received: ${received}`,
    `  to do:    ${todo}`,
  ].join('\n')
}

function mistakesOf(issue: z.core.$ZodIssue, kind: SignOffKind, received: (at: readonly PropertyKey[]) => string): Mistake[] {
  const [index, key] = issue.path
  const at = typeof index === 'number' ? index : 0
  const names = Object.keys(kind.keys)
  if (issue.code === 'unrecognized_keys') return issue.keys.map((unknown) => unknownKey(at, unknown, kind, received))
  if (key === undefined)
    return [
      {
        path: [at],
        wrong: `a ${kind.entry} is a list of keys and values`,
        expected: names.join(', '),
        received: received([at]),
        todo: `write it as in ${kind.example}`,
      },
    ]
  const help = kind.keys[String(key)] ?? { expected: names.join(', '), todo: `see ${kind.example}` }
  return [{ path: [at, key], wrong: wrongOf(issue, received([at, key])), ...help, received: received([at, key]) }]
}

/** Keys by which somebody might mean to sign for more than one line at once. */
const BROAD_KEYS: readonly string[] = ['suite', 'suites', 'checks', 'lines', 'all', 'severity', 'when', 'pattern']

function unknownKey(
  index: number,
  unknown: string,
  { entry, keys }: SignOffKind,
  received: (at: readonly PropertyKey[]) => string,
): Mistake {
  const names = Object.keys(keys)
  const isBroad = BROAD_KEYS.includes(unknown)
  return {
    path: [index, unknown],
    wrong: isBroad
      ? `a ${entry} is for one line; \`${unknown}\` would make it one for many`
      : `unknown key \`${unknown}\`${nearest(unknown, names)}`,
    expected: names.join(', '),
    received: received([index, unknown]),
    todo: isBroad ? `write one ${entry} for each line, under its own id` : 'correct the key, or remove it',
  }
}

function wrongOf(issue: z.core.$ZodIssue, received: string): string {
  if (issue.code === 'custom' || issue.code === 'invalid_value') return received === NOTHING ? 'is missing' : issue.message
  if (received === NOTHING) return 'is missing'
  if (received === EMPTY) return 'is empty'
  if (issue.code === 'invalid_type') return `is no ${issue.expected === 'string' ? 'text' : issue.expected}`
  return issue.message
}

const NOTHING = 'nothing'
const EMPTY = 'nothing but blanks'

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, part) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, part) : undefined),
    value,
  )
}

/** A value as a message shows it: on one line, not too long. */
function shown(value: unknown): string {
  if (value === undefined || value === null) return NOTHING
  if (typeof value === 'string' && value.trim() === '') return EMPTY
  const text = JSON.stringify(value)
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text
}
