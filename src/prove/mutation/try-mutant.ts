import type { Mutant } from './choose.ts'
import { mutated } from './mutations.ts'
import type { Touched } from './touched.ts'
import type { Ended, Tree } from './tree.ts'

/** What became of a mutant: who noticed it, or that nobody did. */
export interface Tried {
  readonly mutant: Mutant
  readonly touched: Touched
  readonly killedBy: 'tests' | 'falsification' | 'time' | undefined
  /** What was said of it first. */
  readonly said: string
  readonly seconds: number
}

/** Bounds of the two runs, in milliseconds: many times what they need, since a mutant may hang. */
const TESTS_MS = 600_000
const FALSIFY_MS = 400_000
/** Falsification says so, with exit code 2, where no fault is about the lines. */
const NO_FAULT = 'no fault of the catalogue'

export interface Trying {
  readonly tree: Tree
  readonly signal: AbortSignal
  /** Test files and whether they are green without any mutant, as far as that was asked. */
  readonly greenAnyway: Map<string, boolean>
}

/** Breaks the file, runs the tests that import it and, where they see nothing, the faults of the lines that depend on it. */
export async function tryMutant(mutant: Mutant, touched: Touched, source: string, trying: Trying): Promise<Tried> {
  const { tree, signal } = trying
  const start = performance.now()
  const told = (killedBy: Tried['killedBy'], said: string): Tried => ({
    mutant,
    touched,
    killedBy,
    said,
    seconds: (performance.now() - start) / 1_000,
  })
  const seen = await tree.with(mutant.file, mutated(source, mutant), async () => {
    const tested = await failing(touched.tests, { ...trying, mutant, source })
    if (tested !== undefined) return { by: 'tests' as const, ended: tested }
    const falsified = touched.lines.length === 0 ? undefined : await falsify(tree, touched.lines, signal)
    return falsified === undefined || isUnnoticed(falsified) ? undefined : { by: 'falsification' as const, ended: falsified }
  })
  if (seen === undefined) return told(undefined, '')
  if (seen.ended.exitCode === 'overdue') return told('time', seen.ended.output)
  if (seen.by === 'tests') return told('tests', firstFailure(seen.ended.output))
  // On a busy machine a fault may go unnoticed by itself: it counts only if the whole file does better.
  const clean = await falsify(tree, touched.lines, signal)
  return isUnnoticed(clean)
    ? told('falsification', firstProblem(seen.ended.output))
    : told(undefined, 'falsification fails without it as well')
}

interface Failing extends Trying {
  readonly mutant: Mutant
  readonly source: string
}

/**
 * The first failure that is the mutant's: on a busy machine a test may fail by itself, so it must fail again, and the whole file
 * must pass it. Where it is not, the other tests are to say.
 */
async function failing(files: readonly string[], trying: Failing): Promise<Ended | undefined> {
  const { tree, signal, greenAnyway, mutant, source } = trying
  const asked = files.filter((file) => greenAnyway.get(file) !== false)
  if (asked.length === 0) return undefined
  const first = await runTests(tree, asked, signal)
  if (first.exitCode === 0) return undefined
  const file = asked.find((one) => firstFailure(first.output).startsWith(one))
  if (file === undefined) {
    // It failed outside of any test, as by an error that nobody caught.
    const again = await runTests(tree, asked, signal)
    return again.exitCode === 0 ? undefined : again
  }
  const whole =
    greenAnyway.get(file) ?? (await tree.with(mutant.file, source, () => runTests(tree, [file], signal))).exitCode === 0
  greenAnyway.set(file, whole)
  const second = whole ? await runTests(tree, [file], signal) : undefined
  return second === undefined || second.exitCode === 0
    ? failing(
        asked.filter((one) => one !== file),
        trying,
      )
    : second
}

/** Runs these test files and stops at the first failure. */
function runTests(tree: Tree, files: readonly string[], signal: AbortSignal): Promise<Ended> {
  return tree.run([...vitest(), '--bail=1', '--maxWorkers=1', ...files], TESTS_MS, signal)
}

/** The command that runs the project's own tests, its reporter one that names failures in plain lines. */
function vitest(): string[] {
  return [process.execPath, 'node_modules/vitest/vitest.mjs', 'run', '--project', 'tests', '--reporter=dot']
}

function falsify(tree: Tree, lines: readonly string[], signal: AbortSignal): Promise<Ended> {
  const argv = [
    process.execPath,
    'src/falsify/main.ts',
    `--check=${lines.join(',')}`,
    '--jobs=2',
    '--quiet',
    '--out=../tmp/falsified',
  ]
  return tree.run(argv, FALSIFY_MS, signal)
}

function isUnnoticed({ exitCode, output }: Ended): boolean {
  return exitCode === 0 || (exitCode === 2 && output.includes(NO_FAULT))
}

function firstFailure(output: string): string {
  return /^ *FAIL +(?:\|tests\| )?(.*)$/m.exec(output)?.[1]?.trim() ?? lastLine(output)
}

function firstProblem(output: string): string {
  return /^.*(?:never|unexpected|green|wrong|not noticed|healthy).*$/im.exec(output)?.[0].trim() ?? lastLine(output)
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? ''
}
