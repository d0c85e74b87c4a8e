import type Dockerode from 'dockerode'
import { z } from 'zod'

const statsSchema = z.object({
  memory_stats: z.object({
    usage: z.number().default(0),
    stats: z.object({ inactive_file: z.number().optional(), total_inactive_file: z.number().optional() }).default({}),
  }),
})

/** What the containers with a label hold in memory at this moment, by name, in MB, as `docker stats` counts it: without page cache that could be given back. */
export async function memoryOf(docker: Dockerode, label: string): Promise<Map<string, number>> {
  const containers = await docker.listContainers({ filters: { label: [label] } })
  const figures = containers.map(async ({ Id, Names }) => {
    const stats = await docker.getContainer(Id).stats({ stream: false, 'one-shot': true })
    return [Names[0]?.replace(/^\//, '') ?? Id, megabytes(stats)] as const
  })
  return new Map(await Promise.all(figures))
}

/** The first is named so under version 2 of control groups, the other under version 1. */
function megabytes(stats: unknown): number {
  const { usage, stats: details } = statsSchema.parse(stats).memory_stats
  return (usage - (details.total_inactive_file ?? details.inactive_file ?? 0)) / 2 ** 20
}
