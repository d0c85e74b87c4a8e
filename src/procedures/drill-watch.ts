import { until } from '../wait.ts'
import { type SentToken, startCanary } from './canary.ts'
import type { DrillEvent } from './drill-report.ts'
import type { DrillStage } from './drill-stage.ts'
import { keeps, type Ledger, readLedger } from './ledger.ts'

/** After which the canary gives an answer up. */
const PATIENCE_MS = 1_000
/** Tokens that each phase waits for before the next begins. */
const TOKENS = 6
const POLL_MS = 10

/** Who watches a drill: a canary that sends tokens, the stores in which they are looked for, and the timeline. */
export interface DrillWatch {
  readonly timeline: readonly DrillEvent[]
  /** The stores, by name, for the timeline. */
  readonly stores: string
  /** Those that a rollback takes back. */
  readonly takenBack: string
  /** Now, or when performance.now() was so much. */
  event(phase: string, event: string, store?: string, at?: number): void
  /** Every token that was answered or given up so far. */
  sent(): readonly SentToken[]
  /** Waits until some more tokens were accepted. */
  moreTokens(): Promise<void>
  /** When the first token since then was answered that every store has as it was sent; waits until there are some. */
  firstCorrect(since: number): Promise<number | undefined>
  ledgers(): Promise<ReadonlyMap<string, Ledger>>
  /** Ends the canary. */
  stop(): Promise<void>
}

export function watchDrill(stage: DrillStage, signal: AbortSignal): DrillWatch {
  const canary = startCanary(stage, { everyMs: stage.pace.canaryMs, patienceMs: PATIENCE_MS, signal })
  const timeline: DrillEvent[] = []
  const waiting = { deadlineMs: stage.pace.tokensMs, everyMs: POLL_MS, signal }
  const ledgers = async (): Promise<ReadonlyMap<string, Ledger>> => {
    const read = stage.stores.map(async (store) => [store.name, await readLedger(store)] as const)
    return new Map(await Promise.all(read))
  }
  const correctSince = async (since: number): Promise<number[]> => {
    const all = [...(await ledgers()).values()]
    const correct = canary.acceptedSince(since).filter((token) => all.every((ledger) => keeps(ledger, token)))
    return correct.map((token) => token.answeredAt)
  }
  return {
    timeline,
    stores: namesOf(stage.stores),
    takenBack: namesOf(stage.stores.filter(({ takenBack }) => takenBack)),
    event(phase, event, store = '', at = performance.now()) {
      timeline.push({ at: new Date(Date.now() - (performance.now() - at)).toISOString(), phase, event, store })
      timeline.sort((one, other) => Date.parse(one.at) - Date.parse(other.at))
    },
    sent: canary.sent,
    async moreTokens() {
      const since = performance.now()
      const count = async (): Promise<number> => canary.acceptedSince(since).length
      await until(count, (accepted) => accepted >= TOKENS, waiting)
    },
    async firstCorrect(since) {
      const correct = await until(
        () => correctSince(since),
        (some) => some.length >= TOKENS / 2,
        waiting,
      )
      return correct.length === 0 ? undefined : Math.min(...correct)
    },
    ledgers,
    stop: canary.stop,
  }
}

function namesOf(stores: DrillStage['stores']): string {
  return stores.map(({ name }) => name).join(', ')
}
