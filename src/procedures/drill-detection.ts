import { until } from '../wait.ts'
import type { Canary, SentToken } from './canary.ts'
import type { DrillStage } from './drill-stage.ts'
import { missing, readLedger } from './ledger.ts'
import { ailments } from './platform.ts'
import type { ProcedureReport } from './run.ts'

/** How long the drill waits for somebody to notice, in milliseconds. */
const NOTICE_MS = 3_000
const POLL_MS = 10
/** A hook that was accepted so long ago must be found, in milliseconds. */
const SETTLED_MS = 50
/** So many answers in a row must be slow before it is called slow. */
const SLOW_ANSWERS = 5

/** How a bad release is noticed: by its deploy, by its health, by the ledger, by its slowness; undefined where it is not. */
export async function detect(
  stage: DrillStage,
  canary: Pick<Canary, 'sent'>,
  deploy: ProcedureReport,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (deploy.failure !== null) return `its deploy stopped at "${deploy.failure.step}": ${deploy.failure.message}`
  const waiting = { deadlineMs: NOTICE_MS, everyMs: POLL_MS, signal }
  return until(
    () => symptom(stage, canary),
    (noticed) => noticed !== undefined,
    waiting,
  )
}

async function symptom(stage: DrillStage, canary: Pick<Canary, 'sent'>): Promise<string | undefined> {
  const ailment = await ailments(stage.platform, stage.platform.groups.services)
  if (ailment !== undefined) return `health: ${ailment}`
  return (await hole(stage, canary)) ?? slowness(stage, canary.sent())
}

/** Accepted hooks that a store does not have as they were sent. */
async function hole({ stores }: DrillStage, canary: Pick<Canary, 'sent'>): Promise<string | undefined> {
  const settled = performance.now() - SETTLED_MS
  const accepted = canary.sent().filter((token) => token.accepted && token.answeredAt <= settled)
  for (const store of stores) {
    const lost = missing(await readLedger(store), accepted)
    if (lost.length > 0)
      return `ledger: ${lost.length} of ${accepted.length} accepted hooks are not in ${store.name} as they were sent`
  }
  return undefined
}

function slowness({ slowMs }: DrillStage, sent: readonly SentToken[]): string | undefined {
  const latest = sent.slice(-SLOW_ANSWERS).map((token) => token.answeredAt - token.sentAt)
  const quickest = Math.min(...latest)
  if (latest.length < SLOW_ANSWERS || quickest <= slowMs) return undefined
  return `latency: the last ${SLOW_ANSWERS} answers took ${Math.round(quickest)} ms and more; ${slowMs} ms is the limit`
}
