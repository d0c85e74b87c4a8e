/**
 * How a request under load can go wrong: no answer in time; refused or reset connection; connection closed without an answer;
 * an answer of another status than 2xx; a 2xx answer whose body says no; still unanswered when the load ended.
 */
export const LOAD_FAILURES = ['timeout', 'connection', 'dropped', 'status', 'body', 'unanswered'] as const
export type LoadFailure = (typeof LOAD_FAILURES)[number]

/** An answer; times are milliseconds since the recording began. */
export interface LoadAnswer {
  readonly sentAt: number
  readonly ms: number
  readonly status: number
  readonly body: string
}

/** What became of every single request, as plain data: it crosses from the thread that puts the load on. */
export interface Recorded {
  sent: number
  readonly answers: LoadAnswer[]
  readonly failures: { readonly kind: LoadFailure; readonly text: string }[]
}

/** No more of a body is kept, in characters. */
const MOST_BODY = 16_384

/** Notes what becomes of requests; times go in on the clock of performance.now(). */
export class Recording {
  readonly recorded: Recorded = { sent: 0, answers: [], failures: [] }
  readonly #startedAt = performance.now()

  send(): void {
    this.recorded.sent += 1
  }

  answer(sentAt: number, status: number, body: string): void {
    const ms = performance.now() - sentAt
    this.recorded.answers.push({ sentAt: sentAt - this.#startedAt, ms, status, body: body.slice(0, MOST_BODY) })
  }

  fail(kind: LoadFailure, text: string): void {
    this.recorded.failures.push({ kind, text })
  }
}
