import { parentPort, workerData } from 'node:worker_threads'
import type { LoadRound } from './load-round.ts'
import { type Tick, watchObserver } from './observer-delay.ts'
import type { SqlTiming } from './postgres-timing.ts'
import type { Answer, Request, Tasks, Timed } from './thread.ts'

/** The thread's side: it runs what it is asked for and watches its own event loop meanwhile, which nothing else keeps busy. */

const running = new Map<number, AbortController>()

async function run<T>(work: () => Promise<T>): Promise<Timed<T>> {
  const watch = watchObserver()
  let ticks: Tick[] = []
  try {
    const value = await work()
    ticks = watch.ticks()
    return { value, ticks }
  } finally {
    if (ticks.length === 0) watch.ticks()
  }
}

const tasks: {
  readonly [K in keyof Tasks]: (input: Tasks[K]['input'], signal: AbortSignal) => Promise<Timed<Tasks[K]['output']>>
} = {
  async load(input: LoadRound, signal) {
    const { Recording } = await import('./load-recording.ts')
    const { runRound } = await import('./load-round.ts')
    return run(async () => {
      const recording = new Recording()
      await runRound(input, recording, signal)
      return recording.recorded
    })
  },
  async sqlTimes(input: SqlTiming, signal) {
    const { timeStatements } = await import('./postgres-timing.ts')
    return run(() => timeStatements(input, signal))
  },
}

async function answer({ id, task, input }: Extract<Request, { readonly kind: 'run' }>): Promise<Answer> {
  const controller = new AbortController()
  running.set(id, controller)
  try {
    // Request's type binds each input to its task.
    const output = await tasks[task](input as never, controller.signal)
    return { id, ok: true, output }
  } catch (error) {
    const { describeThrown } = await import('./thrown.ts')
    return { id, ok: false, thrown: describeThrown(error) }
  } finally {
    running.delete(id)
  }
}

await (workerData === 'load' ? import('autocannon') : import('pg'))
parentPort?.on('message', (request: Request) => {
  if (request.kind === 'abort') running.get(request.id)?.abort(new Error(request.reason))
  else void answer(request).then((result) => parentPort?.postMessage(result))
})
parentPort?.postMessage('ready')
