import type { SentToken } from './canary.ts'
import type { StoreLoss } from './drill-report.ts'
import type { LedgerStore } from './drill-stage.ts'

/** How many tokens of a kind a report lists. */
const LISTED = 20

/** What a store holds: token → how often, and whether each time with the content that was sent. */
export type Ledger = ReadonlyMap<string, { readonly count: number; readonly numbers: readonly (number | null)[] }>

export async function readLedger(store: LedgerStore): Promise<Ledger> {
  const entries = Map.groupBy(await store.read(), ({ id }) => id)
  return new Map([...entries].map(([id, found]) => [id, { count: found.length, numbers: found.map(({ number }) => number) }]))
}

/** True where the token is there, with what was sent. */
export function keeps(ledger: Ledger, token: SentToken): boolean {
  return ledger.get(token.id)?.numbers.some((number) => number === token.number) ?? false
}

/** The tokens that were accepted and that a store does not have as they were sent, in the order in which they were sent. */
export function missing(ledger: Ledger, accepted: readonly SentToken[]): SentToken[] {
  return accepted.filter((token) => !keeps(ledger, token))
}

export interface LossQuestion {
  readonly ledgers: ReadonlyMap<string, Ledger>
  readonly tokens: readonly SentToken[]
  /** Times of performance.now(): when the backup began to be taken, and when the rollback stopped the services. */
  readonly backupAt: number
  readonly stoppedAt: number
}

/** What each store lost over a rollback, counted from the tokens. */
export function lossesOf({ ledgers, tokens, backupAt, stoppedAt }: LossQuestion): StoreLoss[] {
  const accepted = tokens.filter((token) => token.accepted && token.answeredAt <= stoppedAt)
  const last = Math.max(...accepted.map((token) => token.answeredAt))
  return [...ledgers].map(([store, ledger]) => {
    const lost = missing(ledger, accepted)
    const kept = accepted.filter((token) => keeps(ledger, token))
    const [firstLost] = lost
    const ids = (some: readonly { readonly id: string }[]): string[] => some.slice(0, LISTED).map(({ id }) => id)
    return {
      store,
      accepted: accepted.length,
      kept: kept.length,
      lost: lost.length,
      lostMs: firstLost === undefined ? 0 : last - firstLost.sentAt,
      lostTokens: ids(lost),
      lostBeforeBackup: ids(lost.filter((token) => token.answeredAt <= backupAt)),
      duplicates: ids(tokens.filter((token) => (ledger.get(token.id)?.count ?? 0) > 1)),
      skewed: ids(tokens.filter((token) => ledger.has(token.id) && [...ledgers.values()].some((other) => !other.has(token.id)))),
    }
  })
}
