import type { SentToken } from './canary.ts'
import type { StoreLoss } from './drill-report.ts'
import type { LedgerStore } from './drill-stage.ts'

/** How many tokens of a kind a report lists. */
const LISTED = 20

/** What a store holds: token → how often, and whether each time with the content that was sent. */
export interface Ledger {
  readonly takenBack: boolean
  readonly tokens: ReadonlyMap<string, { readonly count: number; readonly numbers: readonly (number | null)[] }>
}

export async function readLedger(store: LedgerStore): Promise<Ledger> {
  const entries = Map.groupBy(await store.read(), ({ id }) => id)
  const tokens = [...entries].map(
    ([id, found]) => [id, { count: found.length, numbers: found.map(({ number }) => number) }] as const,
  )
  return { takenBack: store.takenBack, tokens: new Map(tokens) }
}

/** True where the token is there, with what was sent. */
export function keeps(ledger: Ledger, token: SentToken): boolean {
  return ledger.tokens.get(token.id)?.numbers.some((number) => number === token.number) ?? false
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

/** What each store lost over a rollback, and what it holds beyond the others, counted from the tokens. */
export function lossesOf(question: LossQuestion): StoreLoss[] {
  const { ledgers, tokens, backupAt, stoppedAt } = question
  const accepted = tokens.filter((token) => token.accepted && token.answeredAt <= stoppedAt)
  const last = Math.max(...accepted.map((token) => token.answeredAt))
  return [...ledgers].map(([store, ledger]) => {
    const lost = missing(ledger, accepted)
    const kept = accepted.filter((token) => keeps(ledger, token))
    const [firstLost] = lost
    const { skewed, orphaned } = beyondOthers(ledger, question)
    return {
      store,
      takenBack: ledger.takenBack,
      accepted: accepted.length,
      kept: kept.length,
      lost: lost.length,
      lostMs: firstLost === undefined ? 0 : last - firstLost.sentAt,
      lostTokens: idsOf(lost),
      lostBeforeBackup: idsOf(lost.filter((token) => token.answeredAt <= backupAt)),
      duplicates: tokens.filter((token) => (ledger.tokens.get(token.id)?.count ?? 0) > 1).map(({ id }) => id),
      skewed: skewed.map(({ id }) => id),
      orphaned: { count: orphaned.length, spanMs: spanOf(orphaned), tokens: idsOf(orphaned) },
    }
  })
}

/**
 * Tokens that this store has and another lacks. A hook that a stop or a crash cut off half-way was never answered: its sender
 * sends it again, and nothing was promised of it. A rollback explains those that came between backup and stop, that this store,
 * which it did not take back, has, and that are gone only where it did.
 */
function beyondOthers(
  ledger: Ledger,
  { ledgers, tokens, backupAt, stoppedAt }: LossQuestion,
): { readonly skewed: readonly SentToken[]; readonly orphaned: readonly SentToken[] } {
  const lacking = ({ id }: SentToken): Ledger[] => [...ledgers.values()].filter((other) => !other.tokens.has(id))
  const beyond = tokens.filter((token) => token.answered && ledger.tokens.has(token.id) && lacking(token).length > 0)
  const isGivenUp = (token: SentToken): boolean =>
    token.answeredAt > backupAt && token.sentAt <= stoppedAt && lacking(token).every(({ takenBack }) => takenBack)
  const isOrphaned = (token: SentToken): boolean => !ledger.takenBack && isGivenUp(token)
  return { skewed: beyond.filter((token) => !isOrphaned(token)), orphaned: beyond.filter(isOrphaned) }
}

function spanOf(tokens: readonly SentToken[]): number {
  if (tokens.length === 0) return 0
  return Math.max(...tokens.map((token) => token.answeredAt)) - Math.min(...tokens.map((token) => token.sentAt))
}

function idsOf(tokens: readonly SentToken[]): string[] {
  return tokens.slice(0, LISTED).map(({ id }) => id)
}
