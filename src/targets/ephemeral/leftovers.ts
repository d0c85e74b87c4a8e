import { z } from 'zod'
import { removeLabelled } from '../../watchdog/containers.ts'
import type { Engine } from './engine.ts'
import { isLeftOver, RUN_LABEL } from './labels.ts'

const DEADLINE_MS = 60_000
const labelsSchema = z.record(z.string(), z.string()).nullish()
const listSchema = z.array(z.looseObject({ Labels: labelsSchema }))
const volumesSchema = z.object({ Volumes: listSchema.nullish() })

/** Removes what runs of this host left behind whose process is gone; never anything of a living one. Returns those runs' ids. */
export async function removeLeftovers({ docker, address }: Engine): Promise<string[]> {
  const filters = { label: [RUN_LABEL] }
  const [containers, networks, images, volumes] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listImages({ filters }),
    docker.listVolumes({ filters: filters as never }),
  ])
  const found = [
    ...listSchema.parse(containers),
    ...listSchema.parse(networks),
    ...listSchema.parse(images),
    ...(volumesSchema.parse(volumes).Volumes ?? []),
  ].flatMap(({ Labels }) => (Labels != null && isLeftOver(Labels) ? [Labels[RUN_LABEL] ?? ''] : []))
  const runs = [...new Set(found)].filter((run) => run !== '')
  await Promise.all(runs.map((run) => removeRun(address, run)))
  return runs
}

/** Removes everything of one run. @throws Error naming what could not be removed. */
export function removeRun(engine: Engine['address'], runId: string): Promise<void> {
  return removeLabelled({ engine, label: `${RUN_LABEL}=${runId}`, quietMs: 0, deadlineMs: DEADLINE_MS })
}
