import type { LimitUsed } from './report/model.ts'
import type { LimitSpec } from './targets/schema.ts'

/** The limits of one check: the runbook's own, or what the target file sets instead, each remembered for the report. */
export class Limits {
  readonly used: LimitUsed[] = []
  readonly #overrides: Readonly<Record<string, LimitSpec>>

  constructor(overrides: Readonly<Record<string, LimitSpec>>) {
    this.#overrides = overrides
  }

  /** The value in force, recorded with where it comes from. */
  use(name: string, runbookValue: number, unit: string): number {
    const override = this.#overrides[name]
    const value = override === undefined ? runbookValue : typeof override === 'number' ? override : override.value
    this.used.push({ name, unit, value, default: runbookValue, source: sourceOf(override) })
    return value
  }

  /** The value in force where a greater one is stricter. @throws LooserLimit where the override is looser and nobody owns it. */
  atLeast(name: string, runbookValue: number, unit: string, now: Date): number {
    const value = this.use(name, runbookValue, unit)
    if (value < runbookValue) this.#requireOwner(name, now)
    return value
  }

  /** The value in force where a smaller one is stricter. @throws LooserLimit where the override is looser and nobody owns it. */
  atMost(name: string, runbookValue: number, unit: string, now: Date): number {
    const value = this.use(name, runbookValue, unit)
    if (value > runbookValue) this.#requireOwner(name, now)
    return value
  }

  #requireOwner(name: string, now: Date): void {
    const override = this.#overrides[name]
    if (typeof override !== 'object')
      throw new LooserLimit(`limits.${name} is looser than the runbook's; give it value, owner, reason and expires`)
    if (now >= new Date(override.expires))
      throw new LooserLimit(`limits.${name} was looser than the runbook's until ${override.expires}; renew or remove it`)
  }
}

/** A limit looser than the runbook's that nobody answers for (any more): the check fails on it. */
export class LooserLimit extends Error {
  override readonly name = 'LooserLimit'
}

function sourceOf(override: LimitSpec | undefined): string {
  if (override === undefined) return 'runbook'
  if (typeof override === 'number') return 'target file'
  return `target file: ${override.owner}, until ${override.expires}, because ${override.reason}`
}
