import os from 'node:os'
import { parseArgs } from 'node:util'
import { UsageError } from '../outcome.ts'
import { nearest } from '../suggest.ts'
import { SUBJECT_KINDS, type SubjectKind } from './fault.ts'

export interface Options {
  readonly target: SubjectKind
  /** Ids of faults; undefined for all. */
  readonly fault: readonly string[] | undefined
  /** Ids of lines; undefined for all. */
  readonly check: readonly string[] | undefined
  /** How many targets there are. */
  readonly jobs: number
  /** Every line looks at every fault. */
  readonly all: boolean
  /** A few faults only. */
  readonly sample: boolean
  readonly quiet: boolean
  readonly out: string
  readonly help: boolean
}

export const USAGE = `Puts every fault of the catalogue into a target and proves that the lines which must notice it do, and no others.

Usage: npm run falsify -- [options]
  --fault=ID[,…]   only these faults
  --check=ID[,…]   only these lines, and the faults that are about them
  --sample         one fault a suite at least, for a quick look
  --all            every line looks at every fault, not only those that it touches and a sample of the rest
  --target=NAME    embedded (default); ephemeral: the stack in containers; ephemeral-host: the stack on a host of its own, looked at
                   as a live target over ssh. The last two need an engine
  --jobs=N         how many targets (default: one more than processor cores, four at most; many faults wait)
  --out=DIR        where falsification.json and .html go (default: reports)
  --quiet          no progress
  --help           this text

Exit codes: 0 everything holds · 1 something does not · 2 usage error, nothing was started · 130 interrupted`

const MOST_JOBS = 4
const FLAGS = {
  fault: { type: 'string' },
  check: { type: 'string' },
  jobs: { type: 'string' },
  target: { type: 'string' },
  out: { type: 'string' },
  all: { type: 'boolean' },
  sample: { type: 'boolean' },
  quiet: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

/** Reads the command line. @throws UsageError naming what is unknown or malformed. */
export function parseOptions(argv: readonly string[]): Options {
  const { values } = parsed(argv)
  const { fault, check, jobs = String(Math.min(MOST_JOBS, os.availableParallelism() + 1)), target = 'embedded' } = values
  if (!/^[1-9]\d?$/.test(jobs)) throw new UsageError(`--jobs: expected a number from 1 to 99, not "${jobs}"`)
  const kind = SUBJECT_KINDS.find((one) => one === target)
  if (kind === undefined)
    throw new UsageError(`--target: faults can be put into ${SUBJECT_KINDS.join(', ')} only, not into "${target}"`)
  return {
    target: kind,
    fault: listOf(fault),
    check: listOf(check),
    jobs: Number(jobs),
    all: values.all ?? false,
    sample: values.sample ?? false,
    quiet: values.quiet ?? false,
    out: values.out ?? 'reports',
    help: values.help ?? false,
  }
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: FLAGS, strict: true, allowPositionals: false })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const given = /'(--[\w-]+)/.exec(message)?.[1] ?? ''
    const flags = Object.keys(FLAGS).map((name) => `--${name}`)
    throw new UsageError(`${message}${given === '' ? '' : nearest(given, flags)}; see --help`)
  }
}

function listOf(value: string | undefined): string[] | undefined {
  return value?.split(',').map((entry) => entry.trim())
}

/** @throws UsageError naming an id that is not known, with the nearest one that is. */
export function requireKnown(flag: string, ids: readonly string[] | undefined, known: readonly string[]): void {
  const unknown = ids?.find((id) => !known.includes(id))
  if (unknown !== undefined) throw new UsageError(`${flag}: unknown id "${unknown}"${nearest(unknown, known)}`)
}
