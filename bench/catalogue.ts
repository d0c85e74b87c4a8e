import { nearest } from '../src/suggest.ts'

/** A benchmark as it is asked for by name. */
export interface Benchmark {
  /** What it measures, beside which peer. */
  readonly about: string
  /** Whole numbers that it takes, in order. */
  readonly numbers: readonly string[]
  /** Options that it takes. */
  readonly options?: readonly string[]
}

/** Every benchmark by name, which is also its file's. */
export const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  run: { about: 'whole runs, beside npm starting a script that does nothing', numbers: ['RUNS'] },
  comparison: { about: 'a run with --baseline beside the same without', numbers: ['PAIRS'] },
  hosts: { about: 'the preflight of a host 50 ms away, beside pytest-testinfra and goss', numbers: ['RUNS'] },
  'twenty-hosts': { about: 'the preflight of twenty hosts in one run, beside that of one', numbers: ['RUNS'] },
  stack: { about: "start and stop of the stack in containers, beside the source's sleeps", numbers: ['RUNS'] },
  detection: {
    about: "who notices a fault: the source's own scripts, goss, hurl, pytest-testinfra, this suite",
    numbers: [],
    options: ['--every=N', '--target=KIND'],
  },
  falsify: {
    about: 'a falsification of a quarter, half and all of the faults: whether each costs the same',
    numbers: [],
    options: ['--every=N'],
  },
  backup: { about: 'backup and restore, beside pg_dump | gzip and zcat | psql', numbers: ['RUNS', 'ROWS'] },
  rehearsal: {
    about: 'a restore rehearsed over ssh, beside ssh host cat | pg_restore',
    numbers: ['ROUNDS', 'ROWS'],
  },
  load: { about: 'the load generator, beside ab and wrk', numbers: ['RUNS'] },
}

/** How all of them are called. */
export function usage(): string {
  const rows = Object.entries(BENCHMARKS).map(([name, benchmark]) => `  ${callOf(name, benchmark).padEnd(32)} ${benchmark.about}`)
  return [
    'Measures what the project promises about speed and size, each beside its peer in the same run.',
    '',
    'Usage: npm run bench -- NAME [arguments]',
    ...rows,
    '',
    'Each prints a table for docs/benchmarks.md; what needs a tool that is not installed is left out by name.',
  ].join('\n')
}

/** What is wrong with such a call, or nothing. */
export function mistakeIn(name: string, argv: readonly string[]): string | undefined {
  const benchmark = BENCHMARKS[name]
  if (benchmark === undefined) return `there is no benchmark "${name}"${nearest(name, Object.keys(BENCHMARKS))}`
  const numbers = argv.filter((argument) => !argument.startsWith('-'))
  const foreign = argv.find((argument) => argument.startsWith('-') && !isOption(benchmark, argument))
  if (foreign !== undefined) return `${name} takes no ${foreign}; call it as npm run bench -- ${callOf(name, benchmark)}`
  const surplus = numbers[benchmark.numbers.length]
  if (surplus !== undefined)
    return `${name} takes no further "${surplus}"; call it as npm run bench -- ${callOf(name, benchmark)}`
  const at = numbers.findIndex((text) => !/^[1-9]\d{0,8}$/.test(text))
  return at === -1 ? undefined : `${benchmark.numbers[at]} of ${name}: expected a whole number from 1, not "${numbers[at]}"`
}

function isOption({ options = [] }: Benchmark, argument: string): boolean {
  return options.some((option) => option.split('=')[0] === argument.split('=')[0])
}

function callOf(name: string, { numbers, options = [] }: Benchmark): string {
  return [name, ...numbers, ...options].map((word, index) => (index === 0 ? word : `[${word}]`)).join(' ')
}
