import { performance } from 'node:perf_hooks'
import type { Probe } from '../probe.ts'
import { type MachineTime, machineInWords, watchMachine } from './machine-time.ts'
import { percentile } from './percentile.ts'

const TICK_MS = 4
/** Node's timers count whole milliseconds: a tick that comes less than one late says nothing. */
const GRANULARITY_MS = 1

/** By how much an event would have been noticed too late by this thread, in milliseconds, over all moments of the watch. */
export interface ObserverDelay {
  readonly p95: number
  readonly p99: number
  readonly max: number
}

/** One turn of the event loop: how late it came, and how long it lasted, in milliseconds. */
export interface Tick {
  readonly delay: number
  readonly lasted: number
}

export interface ObserverWatch {
  /** Ends the watch; what was seen until then. */
  ticks(): Tick[]
  /** Ends the watch. */
  stop(): ObserverDelay
}

/** Watches how late this thread's own event loop is. Latencies taken meanwhile are as uncertain as that. */
export function watchObserver(): ObserverWatch {
  const seen: Tick[] = []
  let before = performance.now()
  const tick = (): void => {
    const now = performance.now()
    seen.push({ delay: Math.max(0, now - before - TICK_MS - GRANULARITY_MS), lasted: now - before })
    before = now
  }
  const timer = setInterval(tick, TICK_MS)
  const ticks = (): Tick[] => {
    tick()
    clearInterval(timer)
    return seen
  }
  return { ticks, stop: () => delayOf(ticks()) }
}

/**
 * The delay over all moments. perf_hooks.monitorEventLoopDelay counts a tick of 200 ms once, like one of 4 ms; an answer that
 * arrives at a random moment meets the long one fifty times as often, so here each tick weighs as long as it lasted.
 */
export function delayOf(ticks: readonly Tick[]): ObserverDelay {
  const weighted = ticks
    .toSorted((a, b) => a.delay - b.delay)
    .flatMap(({ delay, lasted }) => Array<number>(Math.max(1, Math.round(lasted))).fill(delay))
  if (weighted.length === 0) return { p95: 0, p99: 0, max: 0 }
  return { p95: percentile(weighted, 95), p99: percentile(weighted, 99), max: percentile(weighted, 100) }
}

/** What a probe answered, how late the observer was meanwhile, and what its machine's processors could not give. */
export interface Watched<T> {
  readonly value: T
  readonly observerDelay: ObserverDelay
  readonly machine: MachineTime
}

/** The same observation, with the observer's own delay during it, and its machine's. */
export function watched<T>(probe: Probe<T>): Probe<Watched<T>> {
  return {
    ...probe,
    variant: `${probe.variant ?? ''} watched`,
    async read(session) {
      const machineUntilNow = await watchMachine()
      const watch = watchObserver()
      try {
        const { value, raw, ...rest } = await probe.read(session)
        const observerDelay = watch.stop()
        const machine = await machineUntilNow()
        const seen = { value, observerDelay, machine }
        return { ...rest, value: seen, raw: `${raw}\n${observerInWords(seen)}` }
      } finally {
        watch.ticks()
      }
    },
  }
}

/** For the evidence. */
export function observerInWords({ observerDelay, machine }: Omit<Watched<unknown>, 'value'>): string {
  const [p95, p99, max] = [observerDelay.p95, observerDelay.p99, observerDelay.max].map((ms) => `${ms.toFixed(1)} ms`)
  return `the observer itself was late by ${p95} (p95), ${p99} (p99), ${max} at most; ${machineInWords(machine)}`
}
