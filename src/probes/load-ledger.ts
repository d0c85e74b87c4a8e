import type { Point } from './percentile.ts'

/**
 * How a request under load can go wrong: no answer in time; refused or reset connection; connection closed without an answer;
 * an answer of another status than 2xx; a 2xx answer whose body says no; still unanswered when the load ended.
 */
export const LOAD_FAILURES = ['timeout', 'connection', 'dropped', 'status', 'body', 'unanswered'] as const
export type LoadFailure = (typeof LOAD_FAILURES)[number]

/** What an answer says of itself, by the caller's reading of it. */
export type Verdict = { readonly ok: true; readonly id?: string } | { readonly ok: false; readonly why: string }

const EXAMPLES = 5
const EXAMPLE_LENGTH = 300

/** Counts what became of every single request. Times are milliseconds on the clock of performance.now(). */
export class LoadLedger {
  readonly statuses: Record<string, number> = {}
  readonly failures: Record<LoadFailure, number> = {
    timeout: 0,
    connection: 0,
    dropped: 0,
    status: 0,
    body: 0,
    unanswered: 0,
  }
  /** The first few failures, in words. */
  readonly examples: string[] = []
  /** [when it was sent since the start, how long its answer took] of accepted requests: failures answer fast and would flatter. */
  readonly accepted: Point[] = []
  readonly ids: string[] = []
  sent = 0
  answered = 0
  readonly #startedAt: number
  readonly #judge: (status: number, body: string) => Verdict

  constructor(startedAt: number, judge: (status: number, body: string) => Verdict) {
    this.#startedAt = startedAt
    this.#judge = judge
  }

  answer(sentAt: number, endedAt: number, status: number, body: string): void {
    this.answered += 1
    const kind = `${Math.floor(status / 100)}xx`
    this.statuses[kind] = (this.statuses[kind] ?? 0) + 1
    const verdict = kind === '2xx' ? this.#judge(status, body) : undefined
    if (verdict === undefined) this.fail('status', `HTTP ${status}: ${body}`)
    else if (verdict.ok) this.#accept(sentAt, endedAt, verdict.id)
    else this.fail('body', `HTTP ${status}: ${verdict.why}`)
  }

  fail(kind: LoadFailure, text: string): void {
    this.failures[kind] += 1
    if (this.examples.length < EXAMPLES) this.examples.push(`${kind}: ${text.slice(0, EXAMPLE_LENGTH)}`)
  }

  #accept(sentAt: number, endedAt: number, id: string | undefined): void {
    if (id !== undefined) this.ids.push(id)
    this.accepted.push([sentAt - this.#startedAt, endedAt - sentAt])
  }
}
