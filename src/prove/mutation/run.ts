import { glob, mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { UsageError } from '../../outcome.ts'
import { writeAtomically } from '../../report/write.ts'
import { chooseMutants, type Mutant, nameOf, type Sources } from './choose.ts'
import { loadExplained } from './explained.ts'
import { importersIn } from './imports.ts'
import type { MutationOptions } from './options.ts'
import { type Touched, touchedBy } from './touched.ts'
import { copyTree, type Tree } from './tree.ts'
import { type Tried, tryMutant } from './try-mutant.ts'
import { mutationExitCode, rowOf, summary } from './words.ts'

/** What may be broken: what observes, what judges, and what stands between the two. */
const BROKEN = /^(?:src\/(?:probes\/.*|observe|look|evaluate|limits|probe|outcome)\.ts|suites\/.*\.ts)$/
const RESULTS = 'reports/mutation.json'

/** Breaks the code in many places, one at a time, and tells what was noticed. Returns the exit code. @throws UsageError */
export async function proveByMutation(
  options: MutationOptions,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<number> {
  const explained = loadExplained()
  await using copies = new AsyncDisposableStack()
  const trees: Tree[] = []
  for (let job = 0; job < options.jobs; job += 1) trees.push(copies.use(await copyTree()))
  const [first] = trees
  if (first === undefined) throw new UsageError('--jobs: expected at least one')
  const sources = await sourcesOf(first.root)
  const importers = importersIn(sources)
  const breakable = new Map([...sources].filter(([file]) => BROKEN.test(file) && file.includes(options.only)))
  const kept = options.again ? await noticedBefore() : []
  const isKept = (mutant: Mutant): boolean => kept.some((one) => nameOf(one.mutant) === nameOf(mutant))
  const mutants = chooseMutants(breakable, options.count, options.seed).filter((mutant) => !isKept(mutant))
  if (mutants.length === 0) throw new UsageError(`--only: no file that may be broken contains "${options.only}"`)
  const wanted = mutants.map((mutant) => ({ mutant, touched: touchedBy(mutant, sources, importers) }))
  const anew = await tryAll(wanted, sources, { trees, signal, say })
  if (signal.aborted) return 130
  const tried = [...kept, ...anew]
  say(`\n${summary(tried, explained)}`)
  await mkdir('reports', { recursive: true })
  await writeAtomically(RESULTS, `${JSON.stringify({ ...options, tried }, null, 2)}\n`)
  return mutationExitCode(tried, explained)
}

/** What the last run saw noticed. @throws UsageError */
async function noticedBefore(): Promise<Tried[]> {
  try {
    // Our own file: whoever edits it deceives himself only.
    const { tried } = JSON.parse(await readFile(RESULTS, 'utf8')) as { readonly tried: readonly Tried[] }
    return tried.filter(({ killedBy }) => killedBy !== undefined)
  } catch (error) {
    throw new UsageError(`--again: ${RESULTS} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

interface Wanted {
  readonly mutant: Mutant
  readonly touched: Touched
}

interface Means {
  readonly trees: readonly Tree[]
  readonly signal: AbortSignal
  readonly say: (line: string) => void
}

/** Each tree takes the next mutant as soon as it is whole again. */
async function tryAll(wanted: readonly Wanted[], sources: Sources, { trees, signal, say }: Means): Promise<Tried[]> {
  const queue = [...wanted]
  const greenAnyway = new Map<string, boolean>()
  const tried: Tried[] = []
  const work = async (tree: Tree): Promise<void> => {
    for (let next = queue.shift(); next !== undefined && !signal.aborted; next = queue.shift()) {
      const { mutant, touched } = next
      const one = await tryMutant(mutant, touched, sources.get(mutant.file) ?? '', { tree, signal, greenAnyway })
      tried.push(one)
      say(`${tried.length}/${wanted.length}  ${rowOf(one)}`)
    }
  }
  const ends = await Promise.allSettled(trees.map(work))
  const failure = ends.find((end) => end.status === 'rejected')
  if (failure !== undefined && !signal.aborted) throw failure.reason
  return tried
}

async function sourcesOf(root: string): Promise<Sources> {
  const files = await Array.fromAsync(glob('{src,suites,tests,fixtures}/**/*.ts', { cwd: root }))
  return new Map(
    await Promise.all(files.sort().map(async (file) => [file, await readFile(path.join(root, file), 'utf8')] as const)),
  )
}
