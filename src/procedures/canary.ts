import { randomUUID } from 'node:crypto'
import type { DrillStage, Token } from './drill-stage.ts'

/** A token and what the product said to it; times are of performance.now(). */
export interface SentToken extends Token {
  readonly sentAt: number
  readonly answeredAt: number
  readonly accepted: boolean
  /** False where the product gave no answer, such as one that was ended meanwhile: nobody was told what became of the token. */
  readonly answered: boolean
}

export interface Canary {
  /** Every token that was answered or given up so far. */
  sent(): readonly SentToken[]
  /** Tokens that were accepted at or after that time. */
  acceptedSince(at: number): readonly SentToken[]
  stop(): Promise<void>
}

export interface CanaryOptions {
  /** Milliseconds between two tokens. */
  readonly everyMs: number
  /** Milliseconds after which an answer is given up. */
  readonly patienceMs: number
  readonly signal: AbortSignal
}

/** Sends tokens through the front door at a steady rate, whatever the product answers, until it is stopped. */
export function startCanary(stage: Pick<DrillStage, 'post'>, { everyMs, patienceMs, signal }: CanaryOptions): Canary {
  const sent: SentToken[] = []
  const open = new Set<Promise<void>>()
  let number = 0
  const send = async (): Promise<void> => {
    number += 1
    const token = { id: randomUUID(), number }
    const sentAt = performance.now()
    const patience = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
    // No answer is an answer to a canary: the product did not say that it took the token.
    const [answer] = await Promise.allSettled([stage.post(token, patience)])
    const answered = answer.status === 'fulfilled'
    sent.push({ ...token, sentAt, answeredAt: performance.now(), answered, accepted: answered && answer.value })
  }
  const timer = setInterval(() => {
    const sending = send().finally(() => open.delete(sending))
    open.add(sending)
  }, everyMs)
  return {
    sent: () => sent,
    acceptedSince: (at) => sent.filter((token) => token.accepted && token.sentAt >= at),
    async stop() {
      clearInterval(timer)
      await Promise.all(open)
    },
  }
}
