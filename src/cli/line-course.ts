import type { Outcome } from '../outcome.ts'
import type { Settled } from '../report/model.ts'
import type { CheckResult } from '../result.ts'

type Ended = Pick<CheckResult, 'id' | 'outcome' | 'reason'>

/** So many changes of a line are kept; whatever flaps more often is told by their number. */
const KEPT = 50

/** What is worse stands further behind; what is waived, skipped or signed does not change between two looks. */
const FROM_BEST: readonly Outcome[] = ['skipped', 'passed', 'unobserved', 'failed']

/** How one line fares over several looks: its worst moment, and when it changed. */
export class LineCourse {
  #worst: Outcome
  #looks = 1
  #more = 0
  readonly #changes: Settled['changes']

  constructor({ outcome, reason }: Ended, at: Date) {
    this.#worst = outcome
    this.#changes = [{ at: at.toISOString(), outcome, reason }]
  }

  get settled(): Settled {
    return { looks: this.#looks, changes: [...this.#changes], more: this.#more }
  }

  lookedAgain(): void {
    this.#looks += 1
  }

  /** Takes note of another outcome than the one before. True where it is worse than all that were. */
  changed({ outcome, reason }: Ended, at: string): boolean {
    if (this.#changes.length < KEPT) this.#changes.push({ at, outcome, reason })
    else this.#more += 1
    if (FROM_BEST.indexOf(outcome) <= FROM_BEST.indexOf(this.#worst)) return false
    this.#worst = outcome
    return true
  }
}
