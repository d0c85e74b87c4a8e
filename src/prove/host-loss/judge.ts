import type { SentToken } from '../../procedures/canary.ts'
import type { StoreLoss } from '../../procedures/drill-report.ts'
import { keeps, type Ledger } from '../../procedures/ledger.ts'
import type { Row } from '../rows.ts'

/** A stretch of the recovery, in the order in which it was gone through. */
export interface Phase {
  readonly name: string
  readonly ms: number
}

/** Hooks that one store has and another lacks. */
export interface Skew {
  readonly store: string
  readonly count: number
  /** From the first of them that was sent to the last that was answered, in milliseconds. */
  readonly spanMs: number
}

/** What the loss of a host and its recovery came to. */
export interface HostLoss {
  readonly phases: readonly Phase[]
  /** From the loss to the answer to the first hook that every store has as it was sent; null where none came. */
  readonly rtoMs: number | null
  readonly losses: readonly StoreLoss[]
  readonly skews: readonly Skew[]
  /** Stores in which hooks must be found again. */
  readonly stores: readonly string[]
  readonly limits: { readonly rtoMinutes: number; readonly rpoMinutes: number }
  /** Of the postdeploy suite on the new host. */
  readonly postdeploy: { readonly exitCode: number | null; readonly words: string }
}

const MINUTE_MS = 60_000

/** How far each store is from the others: hooks that it has as they were sent and that another has not. */
export function skewsOf(ledgers: ReadonlyMap<string, Ledger>, sent: readonly SentToken[]): Skew[] {
  const answered = sent.filter((token) => token.answered)
  return [...ledgers].map(([store, ledger]) => {
    const beyond = answered.filter((token) => keeps(ledger, token) && [...ledgers.values()].some((other) => !keeps(other, token)))
    const spanMs =
      beyond.length === 0
        ? 0
        : Math.max(...beyond.map(({ answeredAt }) => answeredAt)) - Math.min(...beyond.map(({ sentAt }) => sentAt))
    return { store, count: beyond.length, spanMs }
  })
}

/** The verdict: each row holds or it does not, and says by how much. */
export function judgeHostLoss({ rtoMs, losses, skews, stores, limits, postdeploy }: HostLoss): Row[] {
  const { rtoMinutes, rpoMinutes } = limits
  return [
    {
      what: `a hook is stored correctly within ${rtoMinutes} minutes of the loss (RTO)`,
      holds: rtoMs !== null && rtoMs <= rtoMinutes * MINUTE_MS,
      detail: rtoMs === null ? 'none was' : seconds(rtoMs),
    },
    ...stores.flatMap((store) => rowsOf(store, losses, skews, rpoMinutes)),
    {
      what: 'the postdeploy suite is green on the new host',
      holds: postdeploy.exitCode === 0,
      detail: postdeploy.words,
    },
  ]
}

function rowsOf(store: string, losses: readonly StoreLoss[], skews: readonly Skew[], rpoMinutes: number): Row[] {
  const loss = losses.find((one) => one.store === store)
  const skew = skews.find((one) => one.store === store)
  if (loss === undefined || skew === undefined)
    return [{ what: `${store} was looked into after the recovery`, holds: false, detail: 'it was not' }]
  const { kept, accepted, lost, lostMs, lostBeforeBackup } = loss
  return [
    {
      what: `${store} has every hook that was accepted before the backup`,
      holds: kept > 0 && lostBeforeBackup.length === 0,
      detail:
        lostBeforeBackup.length > 0
          ? `lost: ${lostBeforeBackup.join(', ')}`
          : `${kept} of ${accepted} accepted before the loss are there`,
    },
    {
      what: `${store} lost no more than ${rpoMinutes} minutes (RPO)`,
      holds: lostMs <= rpoMinutes * MINUTE_MS,
      detail: `${lost} hooks over ${seconds(lostMs)}`,
    },
    {
      what: `${store} is no further ahead of another store than ${rpoMinutes} minutes (skew)`,
      holds: skew.spanMs <= rpoMinutes * MINUTE_MS,
      detail: `${skew.count} hooks over ${seconds(skew.spanMs)}`,
    },
  ]
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
