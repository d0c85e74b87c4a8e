import type { ExpectStatic } from 'vitest'
import type { Check } from '../check.ts'
import { evaluate } from '../evaluate.ts'
import type { Outcome } from '../outcome.ts'
import type { Report } from '../report/model.ts'
import type { CheckResult } from '../result.ts'
import type { Quiet } from './turns.ts'
import { Turns } from './turns.ts'
import { openRun, type TargetContext } from './worker-run.ts'

/** How long a target is watched after the first look, and how often; milliseconds. */
export interface SettleSpec {
  readonly forMs: number
  readonly everyMs: number
}

/** One look at every reading line again: what is as before is only counted. */
export interface SettleRound {
  readonly number: number
  /** ISO 8601: when the look began. */
  readonly at: string
  /** The same in milliseconds since the target was first looked at. */
  readonly sinceMs: number
  /** Ids of the lines that were looked at. */
  readonly looked: readonly string[]
  /** Those that ended otherwise than in the look before. */
  readonly changed: readonly Omit<CheckResult, 'connections'>[]
  readonly connections: Report['target']['connections']
}

/** More looks than that tell nothing more: of a long time they are further apart. */
const MOST_ROUNDS = 1_000

/** How many looks there can be at most, the last one at the very end. */
export function mostRounds({ forMs, everyMs }: SettleSpec): number {
  return Math.min(MOST_ROUNDS, Math.ceil(forMs / everyMs) + 1)
}

export interface SettlingOptions {
  readonly context: TargetContext
  readonly settle: SettleSpec
  /** How many checks look at once. */
  readonly atOnce: number
  /** Shared with the other targets: nobody reads while one is under load. */
  readonly machine: Quiet
}

/**
 * Watches one target until its time is over: every look is a whole new one, with connections and an observer of its own, so that
 * what was found down is asked again and goes first alone. Between two looks there is at least as much rest as a look takes.
 */
export class Settling {
  readonly #options: SettlingOptions
  readonly #last = new Map<string, { readonly check: Check; outcome: Outcome }>()
  readonly #begun = performance.now()
  #number = 0
  #lookBegan = this.#begun
  #lookEnded = this.#begun

  constructor(options: SettlingOptions) {
    this.#options = options
  }

  /** Takes note of how a reading line ended in the first look. */
  first(check: Check, outcome: Outcome): void {
    if (outcome !== 'skipped') this.#last.set(check.id, { check, outcome })
    this.#lookEnded = performance.now()
  }

  /** Milliseconds until the next look; undefined once the last one was taken. There is one at least. */
  waitMs(): number | undefined {
    const { forMs, everyMs } = this.#options.settle
    const end = this.#begun + forMs
    if (this.#last.size === 0 || (this.#number > 0 && this.#lookBegan >= end)) return undefined
    const apart = Math.max(everyMs, forMs / MOST_ROUNDS, this.#number === 0 ? 0 : this.#lookEnded - this.#lookBegan)
    const due = this.#number === 0 ? this.#lookEnded + apart : Math.max(this.#lookBegan + everyMs, this.#lookEnded + apart)
    return Math.max(0, Math.min(due, Math.max(end, this.#lookEnded)) - performance.now())
  }

  /** Looks once more. What an interruption cut off is left out. */
  async look(expect: ExpectStatic, signal: AbortSignal): Promise<SettleRound> {
    const { context, atOnce, machine } = this.#options
    this.#number += 1
    this.#lookBegan = performance.now()
    const at = new Date().toISOString()
    const one = openRun({ ...context, now: at })
    const turns = new Turns(atOnce)
    const results = await Promise.all(
      [...this.#last.values()].map(async ({ check }) => {
        await turns.take()
        try {
          return await machine.quietly(() => evaluate(check, { ...one, expect, signal }))
        } finally {
          turns.done()
        }
      }),
    )
    await one.observer.close()
    this.#lookEnded = performance.now()
    const whole = results.filter(({ cause }) => cause?.id !== 'interrupted')
    return {
      number: this.#number,
      at,
      sinceMs: Math.round(this.#lookBegan - this.#begun),
      looked: whole.map(({ id }) => id),
      changed: whole.filter((result) => this.#hasChanged(result)),
      connections: one.drainConnections(),
    }
  }

  #hasChanged({ id, outcome }: Pick<CheckResult, 'id' | 'outcome'>): boolean {
    const last = this.#last.get(id)
    if (last === undefined || last.outcome === outcome) return false
    last.outcome = outcome
    return true
  }
}
