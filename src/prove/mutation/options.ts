import { parseArgs } from 'node:util'
import { UsageError } from '../../outcome.ts'

export interface MutationOptions {
  readonly count: number
  readonly seed: number
  readonly jobs: number
  /** Only files whose path contains this. */
  readonly only: string
  /** Only the survivors of the last run; what it said of the others stays. */
  readonly again: boolean
}

export const MUTATION_USAGE = `usage: npm run prove -- mutation [COUNT] [--seed=N] [--jobs=N] [--only=TEXT] [--again]
  Breaks probes, suites and what judges in COUNT places (default: 60), one at a time in a copy of the last commit, and tells which
  changes the tests that import the file, or else the faults of the lines that depend on it, notice. Survivors are explained in
  fixtures/mutants.yaml.
  --seed=N     other places (default: 1)
  --jobs=N     so many at once (default: 2)
  --only=TEXT  only in files whose path contains the text
  --again      only what survived the last run, by reports/mutation.json; what it said of the others is kept
Exit codes: 0 at least 95 % were noticed and every survivor is explained; 1 not so; 2 wrong usage; 130 interrupted.`

/** Reads the arguments behind `mutation`. @throws UsageError */
export function parseMutation(argv: readonly string[]): MutationOptions {
  const { values, positionals } = parsed(argv)
  const [count = '60', ...others] = positionals
  if (others.length > 0) throw new UsageError(MUTATION_USAGE)
  return {
    count: whole('COUNT', count),
    seed: whole('--seed', values.seed ?? '1'),
    jobs: whole('--jobs', values.jobs ?? '2'),
    only: values.only ?? '',
    again: values.again ?? false,
  }
}

function parsed(argv: readonly string[]) {
  try {
    const options = {
      seed: { type: 'string' },
      jobs: { type: 'string' },
      only: { type: 'string' },
      again: { type: 'boolean' },
    } as const
    return parseArgs({ args: [...argv], options, allowPositionals: true })
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${MUTATION_USAGE}`)
  }
}

function whole(what: string, text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  throw new UsageError(`${what}: expected a whole number from 1 to 9999, not "${text}"\n${MUTATION_USAGE}`)
}
