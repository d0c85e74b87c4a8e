import path from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { EFFECTS } from '../effect.ts'
import { UsageError } from '../outcome.ts'
import { DRILL_NAMES } from '../procedures/drills.ts'
import { OCCASIONS, SEVERITIES, SUITES } from '../runbook.ts'
import { nearest } from '../suggest.ts'

const text = z.string().min(1, 'expected a value')
const list = text.transform((value) => value.split(',').map((entry) => entry.trim()))
const words = <const W extends readonly [string, ...string[]]>(known: W) =>
  list
    .superRefine((given, context) => {
      for (const word of given) {
        if (!known.includes(word)) context.addIssue({ code: 'custom', message: unknownWord(word, known) })
      }
    })
    .transform((given) => given as W[number][])
const word = <const W extends readonly [string, ...string[]]>(known: W) =>
  text
    .superRefine((given, context) => {
      if (!known.includes(given)) context.addIssue({ code: 'custom', message: unknownWord(given, known) })
    })
    .transform((given) => given as W[number])
const DURATION_UNITS = { s: 1_000, m: 60_000, h: 3_600_000 } as const
/** A duration in milliseconds, such as 10m, within a range that is told in words. */
const duration = (least: number, most: number, range: string) =>
  text.transform((given, context) => {
    const [, count, unit] = /^(\d{1,7})([smh])$/.exec(given) ?? []
    const ms = Number(count) * (DURATION_UNITS[unit as keyof typeof DURATION_UNITS] ?? Number.NaN)
    if (ms >= least && ms <= most) return ms
    context.addIssue({ code: 'custom', message: `expected a duration such as 90s, 10m or 1h, ${range}, not "${given}"` })
    return z.NEVER
  })
const flag = z.stringbool({ truthy: ['true', '1', 'yes'], falsy: ['false', '0', 'no'], error: 'expected true or false' })

function unknownWord(given: string, known: readonly string[]): string {
  return `unknown value "${given}"${nearest(given, known)}; known: ${known.join(', ')}`
}

const FORMATS = ['text', 'json'] as const
const WHEN = [...OCCASIONS, 'all'] as const

const optionsSchema = z.strictObject({
  target: text.default('embedded'),
  suite: words(SUITES).optional(),
  check: list.optional(),
  when: word(WHEN).optional(),
  ticket: text.regex(/^[\w.#/-]{1,100}$/, 'expected letters, digits, . _ # / or -').default(''),
  release: text.optional(),
  out: text.default('reports'),
  history: text.optional(),
  waivers: text.optional(),
  attestations: text.optional(),
  baseline: text.optional(),
  settle: duration(1_000, 86_400_000, 'from 1s to 24h').optional(),
  'settle-every': duration(1_000, 3_600_000, 'from 1s to 1h').optional(),
  'fail-on': word(SEVERITIES).default('critical'),
  allow: words(EFFECTS).default([]),
  'require-attestations': flag.default(false),
  keep: flag.default(false),
  drill: words(['all', ...DRILL_NAMES]).optional(),
  list: word(FORMATS).optional(),
  plan: word(FORMATS).optional(),
  quiet: flag.default(false),
  'no-color': flag.default(false),
  debug: flag.default(false),
  help: flag.default(false),
})

/** What the operator asked for: flags, then RUNBOOK_* variables, then defaults. */
export type Options = z.output<typeof optionsSchema>
type Name = keyof typeof optionsSchema.shape
type Given = Partial<Record<Name, string>>

const NAMES = Object.keys(optionsSchema.shape) as Name[]
const FILES = ['target', 'release', 'out', 'history', 'waivers', 'attestations', 'baseline'] as const
/** Flags that may stand without a value, and what they then mean. */
const BARE: Given = {
  list: 'text',
  plan: 'text',
  quiet: 'true',
  'no-color': 'true',
  debug: 'true',
  keep: 'true',
  help: 'true',
  'require-attestations': 'true',
}
/** Variables of ours that are no flag's twin. */
const OTHER_VARIABLES = ['RUNBOOK_OPTIONAL', 'RUNBOOK_IMAGES', 'RUNBOOK_ENGINE_STATE']

/** Reads the command line and the environment; file names are resolved from the operator's directory. @throws UsageError naming what is unknown, doubled or malformed, with the nearest known name. */
export function parseOptions(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  directory = '',
): Options {
  const given = fromDirectory({ ...fromEnvironment(environment), ...fromFlags(argv) }, directory)
  const parsed = optionsSchema.safeParse(given)
  if (parsed.success) return parsed.data
  throw new UsageError(
    parsed.error.issues.map(({ path, message }) => `${sourceOf(String(path[0]), argv)}: ${message}`).join('\n'),
  )
}

/** File names are the operator's, who may stand in another directory than the project's. */
function fromDirectory(given: Given, directory: string): Given {
  const files = FILES.flatMap((name) => {
    const file = given[name]
    if (file === undefined) return []
    const resolved = (given: string): string => (isFile(name, given) ? shortest(path.resolve(directory, given)) : given)
    return [[name, name === 'target' ? file.split(',').map(resolved).join(',') : resolved(file)]]
  })
  return { ...given, ...Object.fromEntries(files) }
}

/** Some options take a word in a file's place: the name of a target, `last` for the last accepted run. */
function isFile(name: (typeof FILES)[number], given: string): boolean {
  if (name === 'target') return /[/\\]|\.ya?ml$/.test(given)
  return name !== 'baseline' || given !== 'last'
}

/** As short as a person would write it: below the project from there, elsewhere in full. */
function shortest(file: string): string {
  const relative = path.relative('', file)
  return relative.startsWith('..') ? file : relative
}

/** The environment twin of a flag: `--fail-on` is RUNBOOK_FAIL_ON. */
export function environmentTwin(name: string): string {
  return `RUNBOOK_${name.toUpperCase().replaceAll('-', '_')}`
}

function fromEnvironment(environment: Readonly<Record<string, string | undefined>>): Given {
  rejectUnknownVariables(Object.keys(environment))
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const value = environment[environmentTwin(name)]
      return value === undefined || value === '' ? [] : [[name, value]]
    }),
  )
}

function rejectUnknownVariables(variables: readonly string[]): void {
  const known = [...NAMES.map(environmentTwin), ...OTHER_VARIABLES]
  const unknown = variables.find((variable) => variable.startsWith('RUNBOOK_') && !known.includes(variable))
  if (unknown !== undefined) throw new UsageError(`unknown environment variable ${unknown}${nearest(unknown, known)}; see --help`)
}

function fromFlags(argv: readonly string[]): Given {
  const { tokens } = parseArgs({ args: [...argv], strict: false, allowPositionals: true, tokens: true })
  const given: Given = {}
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue
    if (token.kind === 'positional')
      throw new UsageError(`unexpected argument "${token.value}"; options are written --name=value, see --help`)
    const name = knownName(token.rawName)
    if (given[name] !== undefined)
      throw new UsageError(`--${name} is given twice; give it once, with commas between several values`)
    given[name] = valueGiven(name, token.inlineValue === true ? token.value : undefined)
  }
  return given
}

function knownName(raw: string): Name {
  if (raw === '-h') return 'help'
  const known = NAMES.find((candidate) => `--${candidate}` === raw)
  if (known === undefined)
    throw new UsageError(
      `unknown option ${raw}${nearest(
        raw,
        NAMES.map((candidate) => `--${candidate}`),
      )}; see --help`,
    )
  return known
}

function valueGiven(name: Name, value: string | undefined): string {
  const bare = BARE[name]
  if (value !== undefined) return value
  if (bare !== undefined) return bare
  throw new UsageError(`--${name} needs a value, written --${name}=VALUE`)
}

function sourceOf(name: string, argv: readonly string[]): string {
  return argv.some((argument) => argument.startsWith(`--${name}`)) ? `--${name}` : `${environmentTwin(name)} (environment)`
}
