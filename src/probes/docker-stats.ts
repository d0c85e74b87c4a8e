import { z } from 'zod'
import type { Probe } from '../probe.ts'
import type { DockerSpec } from '../targets/schema.ts'
import { GRACE_MS } from './deadline.ts'
import { dockerAddress, dockerCommand, engineAnswer, withDocker } from './docker-client.ts'
import { COMPOSE_PROJECT, COMPOSE_SERVICE } from './docker-container.ts'
import { quote } from './reproduce.ts'

/** What one running container used, at one moment. */
export interface ContainerUsage {
  readonly service: string
  readonly name: string
  /** Percent of one core, over the second before. */
  readonly cpuPercent: number
  /** Bytes, without the page cache that the kernel can take back. */
  readonly memory: number
  /** Bytes; the host's memory where the container has no limit. */
  readonly memoryLimit: number
  readonly pids: number
  /** Scheduling periods since the start, and how many of them the container was throttled in. */
  readonly periods: number
  readonly throttledPeriods: number
}

/** The engine takes two samples a second apart before it answers. */
const DEADLINE_MS = 20_000

const cpuSchema = z.object({
  cpu_usage: z.object({ total_usage: z.number() }),
  system_cpu_usage: z.number().default(0),
  online_cpus: z.number().default(1),
  throttling_data: z.object({ periods: z.number(), throttled_periods: z.number() }).default({ periods: 0, throttled_periods: 0 }),
})
const statsSchema = z.object({
  cpu_stats: cpuSchema,
  precpu_stats: cpuSchema.partial({ system_cpu_usage: true }),
  memory_stats: z.object({
    usage: z.number().default(0),
    limit: z.number().default(0),
    stats: z.record(z.string(), z.number()).default({}),
  }),
  pids_stats: z.object({ current: z.number().default(0) }).default({ current: 0 }),
})

const listedSchema = z.array(
  z.object({ Id: z.string(), Names: z.array(z.string()), Labels: z.record(z.string(), z.string()).default({}) }),
)

/** What each running container of a compose project uses now. */
export function containerUsage(spec: DockerSpec, project: string, system = 'docker'): Probe<ContainerUsage[]> {
  const label = `${COMPOSE_PROJECT}=${project}`
  return {
    kind: 'docker-stats',
    access: {
      system,
      address: dockerAddress(spec),
      operation: `GET /containers/*/stats of project ${project}`,
      effect: 'read',
      reproduce: `${dockerCommand(spec)} stats --no-stream $(${dockerCommand(spec)} ps -q --filter label=${quote(label)})`,
    },
    deadlineMs: DEADLINE_MS + GRACE_MS,
    async read(session) {
      const value = await withDocker(session, spec, { deadlineMs: DEADLINE_MS }, async (docker) => {
        const listed = engineAnswer(
          listedSchema,
          await docker.listContainers({ filters: { label: [label] } }),
          'list of containers',
        )
        return Promise.all(
          listed.map(async ({ Id, Names, Labels }) => ({
            service: Labels[COMPOSE_SERVICE] ?? '',
            name: (Names[0] ?? Id).replace(/^\//, ''),
            ...usageOf(await docker.getContainer(Id).stats({ stream: false })),
          })),
        )
      })
      return { value, raw: JSON.stringify(value, null, 1) }
    },
  }
}

/** One answer of the engine as usage. @throws Unobserved where it has another shape. */
export function usageOf(answer: unknown): Omit<ContainerUsage, 'service' | 'name'> {
  const {
    cpu_stats: now,
    precpu_stats: before,
    memory_stats: memory,
    pids_stats: pids,
  } = engineAnswer(statsSchema, answer, 'statistics')
  const used = now.cpu_usage.total_usage - before.cpu_usage.total_usage
  const passed = now.system_cpu_usage - (before.system_cpu_usage ?? 0)
  // cgroup v2 calls it inactive_file, v1 total_inactive_file.
  const cache = memory.stats.inactive_file ?? memory.stats.total_inactive_file ?? 0
  return {
    cpuPercent: passed > 0 ? (used / passed) * now.online_cpus * 100 : 0,
    memory: Math.max(0, memory.usage - cache),
    memoryLimit: memory.limit,
    pids: pids.current,
    periods: now.throttling_data.periods,
    throttledPeriods: now.throttling_data.throttled_periods,
  }
}
