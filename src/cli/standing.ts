import type { Access } from '../probe.ts'
import { redactWhole } from '../redact/whole.ts'
import type { RollbackLoss } from '../report/rollback-loss.ts'
import type { Ask } from '../standing/ask.ts'
import { lossAccesses, readRollbackLoss } from '../standing/loss.ts'
import { type ReleaseFound, readRelease, releaseAccesses } from '../standing/release-found.ts'
import type { Target } from '../targets/target.ts'
import type { StandingWanted } from './standing-wanted.ts'
import type { WorkerRun } from './worker-run.ts'

/** What was read for the report, beside the lines. */
export interface Standing {
  readonly release?: ReleaseFound
  readonly loss?: RollbackLoss
}

/** Everything that would be read for the report, beside the lines. */
export function standingAccesses(target: Target, { release, loss }: StandingWanted): Record<string, Access[]> {
  return {
    ...(release ? { 'What is released there.': releaseAccesses(target) } : {}),
    ...(loss ? { 'What rolling back now would lose.': lossAccesses(target) } : {}),
  }
}

/** Reads what the report tells beside the lines; whatever cannot be looked at is told as unknown. */
export async function readStanding(
  { observer, target, clean }: WorkerRun,
  { release, loss }: StandingWanted,
  signal: AbortSignal,
): Promise<Standing> {
  const ask: Ask = async (probe) => {
    const { reading, error } = await observer.shared(probe, signal)
    if (reading === undefined) throw new Error(clean(error?.message ?? 'no reason was given'))
    return reading.value
  }
  const [found, lost] = await Promise.all([
    release ? readRelease(target, ask) : undefined,
    loss ? readRollbackLoss(target, ask, new Date()) : undefined,
  ])
  return redactWhole({ ...(found === undefined ? {} : { release: found }), ...(lost === undefined ? {} : { loss: lost }) }, clean)
}
