import { parseOptions } from '../cli/options.ts'
import { UsageError } from '../outcome.ts'

/** A proof as it was asked for. */
export interface ProofOptions {
  readonly target: string
  readonly runs: number
  /** Processor, disk and memory of this machine are kept busy meanwhile. */
  readonly pressure: boolean
  /** Further options of every run. */
  readonly flags: readonly string[]
}

const PRESSURE = '--pressure'

export const USAGE = `usage: npm run prove -- TARGET [RUNS] [--pressure] [options of npm test]
  Runs npm test -- --target=TARGET so many times in a row (default: 10) and lists every line that failed or could not be looked at.
  --pressure  keeps every processor core, the disk and a quarter of the free memory (4 GiB at most) busy meanwhile
npm run prove -- mutation [COUNT] [--seed=N] [--jobs=N] [--only=TEXT] [--again]
  Breaks probes, suites and what judges in COUNT places (default: 60), one at a time in a copy of the last commit, and tells which
  changes tests or falsification notice. 0: at least 95 %, and every survivor is explained in fixtures/mutants.yaml; 1: not.
npm run prove -- read-only
  Runs every suite with --allow=read against the whole stack in containers, seen as a live target, and shows from outside that
  nothing but reading was asked: a recorder before every address, the database's log of statements. Then it plants a change in
  each of them to see it caught. 0: proven; 1: not.
npm run prove -- kill [COUNT] [options of npm test]
  Runs the ephemeral target once to its end and then COUNT times (default: 20) until it is killed by SIGKILL at a random moment,
  spread over start, checks, drill and teardown. 20 s after each death no container, network, image, volume, process or temporary
  file of the run may be left. 0: nothing was; 1: something was, and is named.
npm run prove -- rollback-script
  On the ephemeral-host target: backs release A up, deploys a release B that lands half, and rolls back, each by the printed script
  run there by bash; the rollback is killed in and after each of its steps and run again. 0: all of it held; 1: something did not.
npm run prove -- host-loss
  On the ephemeral-host target: backs the product up into a volume outside of its host, removes the host with all that lies in it, and
  makes a new one out of that backup alone, by the infrastructure procedure and the printed rollback. Tells the time until a hook is
  stored correctly again, by phase, and what each store lost and is ahead of the others, beside the target's limits; offers flawed
  backups first, which must be refused. 0: all of it held; 1: something did not.
Exit codes: 0 every run ended with 0; 1 a line failed or a run left no report; 2 wrong usage; 3 a run ended with something else;
130 interrupted.`

/** Reads the arguments; what every run will be given is checked before the first one starts. @throws UsageError */
export function parseProof(argv: readonly string[]): ProofOptions {
  const words = argv.filter((argument) => !argument.startsWith('-'))
  const options = argv.filter((argument) => argument.startsWith('-'))
  const flags = options.filter((option) => option !== PRESSURE)
  const [target, runs = '10', ...others] = words
  if (target === undefined || others.length > 0) throw new UsageError(USAGE)
  if (!/^[1-9]\d{0,3}$/.test(runs)) throw new UsageError(`RUNS: expected a whole number from 1, not "${runs}"\n${USAGE}`)
  const taken = ['--target', '--out', '--list', '--plan', '--help'].find((name) =>
    flags.some((flag) => flag.split('=')[0] === name),
  )
  if (taken !== undefined) throw new UsageError(`${taken} is no option of a proof\n${USAGE}`)
  parseOptions([`--target=${target}`, ...flags], {})
  return { target, runs: Number(runs), pressure: options.includes(PRESSURE), flags }
}

/** Reads the arguments of a proof by killing. @throws UsageError */
export function parseKilling(argv: readonly string[]): { readonly kills: number; readonly flags: readonly string[] } {
  const { target, runs, pressure, flags } = parseProof([
    'ephemeral',
    ...(argv.some((one) => !one.startsWith('-')) ? [] : ['20']),
    ...argv,
  ])
  if (target !== 'ephemeral' || pressure) throw new UsageError(USAGE)
  return { kills: runs, flags }
}
