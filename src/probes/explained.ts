import { isShort, type MachineTime } from './machine-time.ts'

/**
 * What a machine short of processor time can add to one answer, in milliseconds: some five waits, in observer, server and what
 * that asks, for a scheduler's slice of 3 ms. What is further beyond its limit is slow by itself.
 */
const WAITS_MS = 15

/** An answer passes the observer twice, when it is asked for and when it comes, and can be late both times. */
const PASSES = 2

/** A latency's circumstances; all times are milliseconds. */
export interface Circumstances {
  readonly limit: number
  /** By how much the observer was late. */
  readonly delayMs: number
  readonly machine: MachineTime
  /** Of a load: over how many connections at once; answers wait for one another there. */
  readonly connections?: number
}

/** A latency beyond its limit by no more than this may be the observer's (late by more than a quarter of the limit) or its machine's. */
export function explainedMs({ limit, delayMs, machine, connections = 1 }: Circumstances): {
  readonly observer: number
  readonly machine: number
} {
  return {
    observer: delayMs > limit / 4 ? PASSES * delayMs : 0,
    machine: isShort(machine) ? WAITS_MS * connections : 0,
  }
}
