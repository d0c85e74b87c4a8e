import { isGone, thisProcess } from '../../watchdog/owner.ts'

/** What every container, network and volume of a run carries: which run it belongs to. */
export const RUN_LABEL = 'runbook.run'
/** Which process answers for it: host, pid and start time, which together name one process for ever. */
export const OWNER_LABEL = 'runbook.owner'
/** Somebody asked that it stays up when the run has ended. */
export const KEPT_LABEL = 'runbook.kept'

/** The labels of everything that this process starts for a run. */
export function runLabels(runId: string, keep: boolean): Record<string, string> {
  return { [RUN_LABEL]: runId, [OWNER_LABEL]: ownerLabel(), ...(keep ? { [KEPT_LABEL]: 'true' } : {}) }
}

/** Whether the labels belong to a run of this host whose process is gone and which nobody wanted to keep. */
export function isLeftOver(labels: Readonly<Record<string, string>>): boolean {
  return labels[KEPT_LABEL] !== 'true' && isGone(labels[OWNER_LABEL] ?? '')
}

/** This process, as OWNER_LABEL names it. */
export function ownerLabel(): string {
  return thisProcess()
}
