import { listenForInterruption } from '../src/cli/interrupt.ts'
import { openWorkspace } from '../src/cli/workspace.ts'
import { readCatalogue } from '../src/images/catalogue.ts'
import { ensureImages } from '../src/images/index.ts'
import { connectEngine, type Engine } from '../src/targets/ephemeral/engine.ts'
import { startEphemeral } from '../src/targets/ephemeral/index.ts'
import { loadTarget } from '../src/targets/load.ts'
import type { Started } from '../src/targets/started.ts'
import { memoryOf } from './support/container-memory.ts'
import { median } from './support/measure.ts'

/**
 * Measures how long the ephemeral stack takes until every part is ready, with its images there, what its containers then hold in
 * memory, and how long it takes to be gone. Beside it: the sleeps by which the source's deploy waits for the same.
 */

const RUNS = Number(process.argv[2] ?? 3)
/** The source sleeps 30 s after the database, 60 s after the services and 60 s before it looks at them. */
const SOURCE_SLEEPS_SECONDS = 150
const LIMIT_SECONDS = 40
const LIMIT_MEMORY_MB = 6 * 1_024

interface Figures {
  readonly readySeconds: number
  readonly goneSeconds: number
  readonly memory: ReadonlyMap<string, number>
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly seconds: number; readonly value: T }> {
  const start = performance.now()
  const value = await work()
  return { seconds: (performance.now() - start) / 1_000, value }
}

async function measureStack(engine: Engine, signal: AbortSignal): Promise<Figures> {
  const workspace = await openWorkspace()
  try {
    const { directory: runDirectory, watchdog } = workspace
    const options = { spec: loadTarget('ephemeral'), runDirectory, watchdog, ensureImages, signal, keep: false }
    const ready = await timed(() => startEphemeral({ ...options, onProgress: () => undefined }))
    const memory = await whileItRuns(ready.value, engine)
    const gone = await timed(() => ready.value.stop())
    return { readySeconds: ready.seconds, goneSeconds: gone.seconds, memory }
  } finally {
    await workspace.clear()
  }
}

/** What is looked at between start and stop; where that fails, the stack is stopped all the same. */
async function whileItRuns({ spec, stop }: Started, { docker }: Engine): Promise<ReadonlyMap<string, number>> {
  try {
    const failed = Object.entries(spec.parts).filter(([, state]) => typeof state === 'object')
    if (failed.length > 0) throw new Error(`parts did not start, so the time would mean nothing: ${JSON.stringify(failed)}`)
    return await memoryOf(docker, `com.docker.compose.project=${spec.compose?.project}`)
  } catch (error) {
    await stop()
    throw error
  }
}

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0)

function printTable(runs: readonly Figures[]): void {
  const ready = median(runs.map(({ readySeconds }) => readySeconds))
  const all = runs.map(({ readySeconds }) => readySeconds.toFixed(1)).join(', ')
  const gone = median(runs.map(({ goneSeconds }) => goneSeconds))
  const memory = median(runs.map((run) => sum(run.memory.values())))
  console.log(`| the ephemeral stack, median of ${runs.length} | measured | limit |\n|---|---:|---:|`)
  console.log(`| until every part is ready, images there (${all}) | ${ready.toFixed(1)} s | ${LIMIT_SECONDS} s |`)
  console.log(
    `| that beside the source’s sleeps of ${SOURCE_SLEEPS_SECONDS} s | ${(ready / SOURCE_SLEEPS_SECONDS).toFixed(2)} × | |`,
  )
  console.log(`| until everything is removed | ${gone.toFixed(1)} s | |`)
  console.log(
    `| memory of its ${runs.at(-1)?.memory.size ?? 0} containers once ready | ${memory.toFixed(0)} MB | ${LIMIT_MEMORY_MB} MB |`,
  )
  console.log('\nby container, in the last run:')
  const byMemory = [...(runs.at(-1)?.memory ?? [])].toSorted(([, a], [, b]) => b - a)
  for (const [name, megabytes] of byMemory) console.log(`  ${megabytes.toFixed(0).padStart(5)} MB  ${name}`)
}

async function engineHere(): Promise<Engine | undefined> {
  try {
    return await connectEngine()
  } catch (error) {
    console.log(`skipped: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}

async function main(): Promise<void> {
  const engine = await engineHere()
  if (engine === undefined) return
  const interruption = listenForInterruption()
  try {
    const { signal } = interruption
    await ensureImages([...readCatalogue().parts.keys()], { signal, onProgress: console.error })
    const runs: Figures[] = []
    for (let run = 0; run < RUNS; run += 1) {
      const figures = await measureStack(engine, signal)
      runs.push(figures)
      console.error(`run ${run + 1} of ${RUNS}: ready after ${figures.readySeconds.toFixed(1)} s`)
    }
    printTable(runs)
  } finally {
    interruption.stop()
  }
}

await main()
