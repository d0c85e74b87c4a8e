import { performance } from 'node:perf_hooks'
import type { Probe } from '../probe.ts'
import { percentile } from './percentile.ts'

const TICK_MS = 4
/** Node's timers count whole milliseconds: a tick that comes less than one late says nothing. */
const GRANULARITY_MS = 1

/** By how much an event would have been noticed too late by this process, in milliseconds, over all moments of the watch. */
export interface ObserverDelay {
  readonly p95: number
  readonly p99: number
  readonly max: number
}

export interface ObserverWatch {
  stop(): ObserverDelay
}

/**
 * Watches how late this process's own event loop is. Latencies taken meanwhile are as uncertain as that.
 * perf_hooks.monitorEventLoopDelay counts a tick of 200 ms once, like one of 4 ms; an answer that arrives at a random moment
 * meets the long one fifty times as often, so here each tick weighs as long as it lasted.
 */
export function watchObserver(): ObserverWatch {
  const ticks: { readonly delay: number; readonly lasted: number }[] = []
  let before = performance.now()
  const tick = (): void => {
    const now = performance.now()
    ticks.push({ delay: Math.max(0, now - before - TICK_MS - GRANULARITY_MS), lasted: now - before })
    before = now
  }
  const timer = setInterval(tick, TICK_MS)
  return {
    stop() {
      tick()
      clearInterval(timer)
      const weighted = ticks
        .sort((a, b) => a.delay - b.delay)
        .flatMap(({ delay, lasted }) => Array<number>(Math.max(1, Math.round(lasted))).fill(delay))
      return { p95: percentile(weighted, 95), p99: percentile(weighted, 99), max: percentile(weighted, 100) }
    },
  }
}

/** What a probe answered, and how late the observer was meanwhile. */
export interface Watched<T> {
  readonly value: T
  readonly observerDelay: ObserverDelay
}

/** The same observation, with the observer's own delay during it. */
export function watched<T>(probe: Probe<T>): Probe<Watched<T>> {
  return {
    ...probe,
    variant: `${probe.variant ?? ''} watched`,
    async read(session) {
      const watch = watchObserver()
      try {
        const { value, raw, ...rest } = await probe.read(session)
        const observerDelay = watch.stop()
        return { ...rest, value: { value, observerDelay }, raw: `${raw}\nobserver's own delay: ${JSON.stringify(observerDelay)}` }
      } finally {
        watch.stop()
      }
    },
  }
}
