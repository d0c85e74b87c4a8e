import { until } from '../wait.ts'
import type { Canary, SentToken } from './canary.ts'
import type { DrillStage, FailedCheck } from './drill-stage.ts'
import { missing, readLedger } from './ledger.ts'
import { ailments } from './platform.ts'
import type { ProcedureReport } from './run.ts'

const POLL_MS = 10
/** A hook that was accepted so long ago must be found, in milliseconds. */
const SETTLED_MS = 50
/** So many answers in a row must be slow before it is called slow. */
const SLOW_ANSWERS = 5

export interface Detection {
  readonly stage: DrillStage
  readonly canary: Pick<Canary, 'sent'>
  readonly deploy: ProcedureReport
  /** Checks that failed on the good release already: they notice nothing. */
  readonly failedBefore: ReadonlySet<string>
  readonly signal: AbortSignal
}

/**
 * How a bad release is noticed: by its deploy, by checks of this runbook, by its health, by the ledger, by its slowness; all that
 * was noticed at once, in words. undefined where nothing was.
 */
export async function detect(detection: Detection): Promise<string | undefined> {
  const { stage, deploy, signal } = detection
  if (deploy.failure !== null) return `its deploy stopped at "${deploy.failure.step}": ${deploy.failure.message}`
  return until(
    () => symptoms(detection),
    (noticed) => noticed !== undefined,
    { deadlineMs: stage.pace.noticeMs, everyMs: POLL_MS, signal },
  )
}

async function symptoms({ stage, canary, failedBefore }: Detection): Promise<string | undefined> {
  const look = async (kind: 'marks' | 'load'): Promise<string | undefined> =>
    checksInWords((await stage.look(kind)).filter(({ id }) => !failedBefore.has(id)))
  const health = async (): Promise<string | undefined> => {
    const ailment = await ailments(stage.platform, stage.platform.groups.services)
    return ailment === undefined ? undefined : `health: ${ailment}`
  }
  const quick = await Promise.all([look('marks'), health(), hole(stage, canary)])
  if (inWords(quick) !== undefined) return inWords(quick)
  const loaded = await look('load')
  // Under load, what was well a moment ago may have died.
  return inWords([loaded, await health(), slowness(stage, canary.sent())])
}

function inWords(found: readonly (string | undefined)[]): string | undefined {
  const noticed = found.filter((one) => one !== undefined)
  return noticed.length === 0 ? undefined : noticed.join('; ')
}

function checksInWords(failed: readonly FailedCheck[]): string | undefined {
  return failed.length === 0 ? undefined : `checks: ${failed.map(({ id, why }) => `${id} (${why})`).join(', ')}`
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
