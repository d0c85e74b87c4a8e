import type { LoadAnswer, LoadFailure, Recorded } from './load-recording.ts'
import type { Point } from './percentile.ts'

/** What an answer says of itself, by the caller's reading of it. */
export type Verdict = { readonly ok: true; readonly id?: string } | { readonly ok: false; readonly why: string }

const EXAMPLES = 5
const EXAMPLE_LENGTH = 300

/** Adds up volleys and judges each answer. */
export class LoadLedger {
  readonly statuses: Record<string, number> = {}
  readonly failures: Record<LoadFailure, number> = { timeout: 0, connection: 0, dropped: 0, status: 0, body: 0, unanswered: 0 }
  /** The first few failures, in words. */
  readonly examples: string[] = []
  /** [when it was sent since the start, how long its answer took] of accepted requests: failures answer fast and would flatter. */
  readonly accepted: Point[] = []
  readonly ids: string[] = []
  sent = 0
  answered = 0
  readonly #judge: (status: number, body: string) => Verdict

  constructor(judge: (status: number, body: string) => Verdict) {
    this.#judge = judge
  }

  /** Adds one volley that began so many milliseconds after the load. */
  add({ sent, answers, failures }: Recorded, beganAt: number): void {
    this.sent += sent
    for (const answer of answers) this.#add(answer, beganAt)
    for (const { kind, text } of failures) this.#fail(kind, text)
  }

  #add({ sentAt, ms, status, body }: LoadAnswer, beganAt: number): void {
    this.answered += 1
    const kind = `${Math.floor(status / 100)}xx`
    this.statuses[kind] = (this.statuses[kind] ?? 0) + 1
    const verdict = kind === '2xx' ? this.#judge(status, body) : undefined
    if (verdict === undefined) this.#fail('status', `HTTP ${status}: ${body}`)
    else if (!verdict.ok) this.#fail('body', `HTTP ${status}: ${verdict.why}`)
    else this.#accept([beganAt + sentAt, ms], verdict.id)
  }

  #accept(point: Point, id: string | undefined): void {
    if (id !== undefined) this.ids.push(id)
    this.accepted.push(point)
  }

  #fail(kind: LoadFailure, text: string): void {
    this.failures[kind] += 1
    if (this.examples.length < EXAMPLES) this.examples.push(`${kind}: ${text.slice(0, EXAMPLE_LENGTH)}`)
  }
}
