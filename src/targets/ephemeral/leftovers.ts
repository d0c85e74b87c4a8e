import { z } from 'zod'
import { removeLabelled } from '../../watchdog/containers.ts'
import type { Engine } from './engine.ts'
import { isLeftOver, RUN_LABEL } from './labels.ts'
import { ofRuns } from './of-runs.ts'

const DEADLINE_MS = 60_000
/** What a dead run left keeps no living one waiting for longer, in milliseconds. */
const LEFTOVER_MS = 10_000

/** What became of that which dead runs had left behind. */
export interface Leftovers {
  /** Ids of the runs whose things are gone now. */
  readonly removed: readonly string[]
  /** What did not go, in words: an engine may hold on to a network that nothing uses any more. */
  readonly stuck: readonly string[]
}

const labelsSchema = z.record(z.string(), z.string()).nullish()
const listSchema = z.array(z.looseObject({ Labels: labelsSchema }))

/** Removes what runs of this host left behind whose process is gone; never anything of a living one. What does not go is told, and hinders nobody. */
export async function removeLeftovers({ docker, address }: Engine, patienceMs = LEFTOVER_MS): Promise<Leftovers> {
  const found = listSchema
    .parse(Object.values(await ofRuns(docker)).flat())
    .flatMap(({ Labels }) => (Labels != null && isLeftOver(Labels) ? [Labels[RUN_LABEL] ?? ''] : []))
  const runs = [...new Set(found)].filter((run) => run !== '')
  const ended = await Promise.allSettled(runs.map((run) => removeRun(address, run, patienceMs)))
  return {
    removed: runs.filter((_, index) => ended[index]?.status === 'fulfilled'),
    stuck: ended.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : [])),
  }
}

/** Removes everything of one run. @throws Error naming what could not be removed. */
export function removeRun(engine: Engine['address'], runId: string, deadlineMs = DEADLINE_MS): Promise<void> {
  return removeLabelled({ engine, label: `${RUN_LABEL}=${runId}`, quietMs: 0, deadlineMs })
}
