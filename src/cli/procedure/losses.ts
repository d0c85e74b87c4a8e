import { randomUUID } from 'node:crypto'
import { Observer } from '../../observe.ts'
import { lossLines } from '../../report/rollback-loss-words.ts'
import type { Ask } from '../../standing/ask.ts'
import { readRollbackLoss } from '../../standing/loss.ts'
import type { TargetSpec } from '../../targets/schema.ts'
import { Target } from '../../targets/target.ts'

export interface LossQuestion {
  /** As it was opened: inner addresses are the near ends of forwards. */
  readonly spec: TargetSpec
  readonly secrets: Readonly<Record<string, string>>
  /** Directory of the backup on the host. */
  readonly backup: string
  readonly signal: AbortSignal
}

/** What rolling back to that backup would lose, a line each, counted now; what could not be counted is said. Never throws for what the target does. */
export async function lossesOf({ spec, secrets, backup, signal }: LossQuestion): Promise<string[]> {
  const observer = new Observer({
    runId: randomUUID(),
    allows: ['read'],
    secrets,
    forwarded: spec.forwarded,
    onAccess: () => undefined,
  })
  const ask: Ask = async (probe) => {
    const { reading, error } = await observer.shared(probe, signal)
    if (reading === undefined) throw error ?? new Error('no reason was given')
    return reading.value
  }
  try {
    const loss = await readRollbackLoss(new Target(spec), ask, new Date())
    if (loss.backup?.path !== backup) return ['not counted beforehand: this is not the newest backup']
    return lossLines(loss)
  } finally {
    await observer.close()
  }
}
