import { once } from 'node:events'
import type { Session } from '../probe.ts'
import type { Recorded } from './load-recording.ts'
import type { LoadRound } from './load-round.ts'
import type { Tick } from './observer-delay.ts'
import type { SqlTiming } from './postgres-timing.ts'
import { restoreThrown, type Thrown } from './thrown.ts'

/** What a thread of the observer can be asked for. */
export interface Tasks {
  readonly load: { readonly input: LoadRound; readonly output: Recorded }
  readonly sqlTimes: { readonly input: SqlTiming; readonly output: number[] }
}

/** What came of it, and how late the thread itself was meanwhile. */
export interface Timed<T> {
  readonly value: T
  readonly ticks: readonly Tick[]
}

export type Request =
  | { readonly kind: 'run'; readonly id: number; readonly task: keyof Tasks; readonly input: unknown }
  | { readonly kind: 'abort'; readonly id: number; readonly reason: string }

export type Answer =
  | { readonly id: number; readonly ok: true; readonly output: Timed<unknown> }
  | { readonly id: number; readonly ok: false; readonly thrown: Thrown }

/** A thread that measures: the rest of the run, and what the embedded target serves, cannot make it late. */
export interface Thread {
  /** Rejects with what the task threw; ends early, with what there is, when the signal aborts. */
  run<K extends keyof Tasks>(task: K, input: Tasks[K]['input'], signal: AbortSignal): Promise<Timed<Tasks[K]['output']>>
  close(): Promise<void>
}

/** The run's thread of that name, started when it is first asked for; what must not disturb each other gets different names. */
export function observerThread(session: Session, name: 'load' | 'times'): Promise<Thread> {
  return session.keep(
    `thread:${name}`,
    () => start(name),
    (thread) => thread.close(),
  )
}

async function start(name: 'load' | 'times'): Promise<Thread> {
  const { Worker } = await import('node:worker_threads')
  // Its streams are captured and left unread: libraries warn there of timers that were late, which the delay tells better.
  const captured = { stdout: true, stderr: true }
  const worker = new Worker(new URL('./thread-worker.ts', import.meta.url), { ...captured, workerData: name })
  // Loading its libraries must not count as time of what it measures.
  await once(worker, 'message')
  const waiting = new Map<number, PromiseWithResolvers<Timed<unknown>>>()
  let lastId = 0
  let failure: Error | undefined
  const fail = (error: Error): void => {
    failure = error
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  worker.on('message', (answer: Answer) => {
    const asked = waiting.get(answer.id)
    waiting.delete(answer.id)
    if (answer.ok) asked?.resolve(answer.output)
    else asked?.reject(restoreThrown(answer.thrown))
  })
  worker.on('error', fail)
  worker.on('exit', () => fail(failure ?? new Error('the measuring thread has ended')))
  // Nobody who forgets to close a session in a test keeps the process alive.
  worker.unref()
  return {
    async run<K extends keyof Tasks>(task: K, input: Tasks[K]['input'], signal: AbortSignal) {
      if (failure !== undefined) throw failure
      lastId += 1
      const id = lastId
      const asked = Promise.withResolvers<Timed<unknown>>()
      waiting.set(id, asked)
      const abort = (): void => worker.postMessage({ kind: 'abort', id, reason: String(signal.reason) } satisfies Request)
      worker.ref()
      worker.postMessage({ kind: 'run', id, task, input } satisfies Request)
      signal.addEventListener('abort', abort, { once: true })
      if (signal.aborted) abort()
      try {
        // The thread answers a task with that task's output.
        return (await asked.promise) as Timed<Tasks[K]['output']>
      } finally {
        signal.removeEventListener('abort', abort)
        if (waiting.size === 0) worker.unref()
      }
    },
    async close() {
      await worker.terminate()
    },
  }
}
