import { z } from 'zod'
import { engineAnswer } from './docker-client.ts'

/** What the engine says of one container, as far as a runbook asks. */
export interface ContainerFacts {
  readonly id: string
  readonly name: string
  /** The service of the compose project that it belongs to. */
  readonly service: string
  /** The image as it was asked for, such as `postgres:15.8`. */
  readonly image: string
  readonly imageId: string
  /** Digests under which registries know the image, without the repository: `sha256:…`. Empty for one that was built there. */
  readonly digests: readonly string[]
  readonly status: string
  readonly isRestarting: boolean
  readonly isOomKilled: boolean
  readonly exitCode: number
  /** `none` where the container has no health check. */
  readonly health: 'healthy' | 'unhealthy' | 'starting' | 'none'
  /** What the last health check printed. */
  readonly healthOutput: string
  readonly restartCount: number
  readonly startedAt: string
  readonly environmentNames: readonly string[]
  /** Only the variables that the reader may show. */
  readonly environment: Readonly<Record<string, string>>
  /** Bytes; 0: unlimited. */
  readonly memoryLimit: number
  /** Processor cores; 0: unlimited. */
  readonly cpuLimit: number
  /** 0: unlimited. */
  readonly pidsLimit: number
  readonly isPrivileged: boolean
  readonly capabilities: readonly string[]
  readonly networkMode: string
  readonly pidMode: string
  readonly user: string
  readonly restartPolicy: string
  readonly logDriver: string
  readonly logOptions: Readonly<Record<string, string>>
  readonly mounts: readonly { readonly source: string; readonly target: string; readonly isWritable: boolean }[]
  readonly ports: readonly { readonly container: string; readonly address: string; readonly port: number }[]
  readonly networks: readonly string[]
  readonly labels: Readonly<Record<string, string>>
}

const record = z.record(z.string(), z.string())
const inspected = z.object({
  Id: z.string(),
  Name: z.string(),
  Image: z.string(),
  RestartCount: z.int().default(0),
  State: z.object({
    Status: z.string(),
    Restarting: z.boolean().default(false),
    OOMKilled: z.boolean().default(false),
    ExitCode: z.int(),
    StartedAt: z.string(),
    Health: z.object({ Status: z.string(), Log: z.array(z.object({ Output: z.string().default('') })).nullish() }).nullish(),
  }),
  Config: z.object({
    Image: z.string(),
    User: z.string().default(''),
    Env: z.array(z.string()).nullish(),
    Labels: record.nullish(),
  }),
  HostConfig: z.object({
    Memory: z.number().default(0),
    NanoCpus: z.number().default(0),
    CpuQuota: z.number().default(0),
    CpuPeriod: z.number().default(0),
    PidsLimit: z.number().nullish(),
    Privileged: z.boolean().default(false),
    CapAdd: z.array(z.string()).nullish(),
    NetworkMode: z.string().default(''),
    PidMode: z.string().default(''),
    RestartPolicy: z.object({ Name: z.string().default('') }).nullish(),
    LogConfig: z.object({ Type: z.string().default(''), Config: record.nullish() }).nullish(),
  }),
  Mounts: z.array(z.object({ Source: z.string().default(''), Destination: z.string(), RW: z.boolean() })).nullish(),
  NetworkSettings: z.object({
    Ports: z.record(z.string(), z.array(z.object({ HostIp: z.string(), HostPort: z.string() })).nullish()).nullish(),
    Networks: z.record(z.string(), z.unknown()).nullish(),
  }),
})

export const COMPOSE_SERVICE = 'com.docker.compose.service'
export const COMPOSE_PROJECT = 'com.docker.compose.project'

/** An engine's inspection as facts; of the environment only the named variables. @throws Unobserved where it has another shape. */
export function containerFacts(inspection: unknown, repoDigests: readonly string[], shown: readonly string[]): ContainerFacts {
  const { Id, Name, Image, RestartCount, State, Config, HostConfig, Mounts, NetworkSettings } = engineAnswer(
    inspected,
    inspection,
    'description of a container',
  )
  const labels = Config.Labels ?? {}
  const variables = (Config.Env ?? []).map(variable)
  const health = z.enum(['healthy', 'unhealthy', 'starting']).safeParse(State.Health?.Status)
  return {
    id: Id,
    name: Name.replace(/^\//, ''),
    service: labels[COMPOSE_SERVICE] ?? '',
    image: Config.Image,
    imageId: Image,
    digests: repoDigests.map((digest) => digest.slice(digest.indexOf('@') + 1)),
    status: State.Status,
    isRestarting: State.Restarting,
    isOomKilled: State.OOMKilled,
    exitCode: State.ExitCode,
    health: health.success ? health.data : 'none',
    healthOutput: State.Health?.Log?.at(-1)?.Output.slice(0, 500) ?? '',
    restartCount: RestartCount,
    startedAt: State.StartedAt,
    environmentNames: variables.map(([name]) => name),
    environment: Object.fromEntries(variables.filter(([name]) => shown.includes(name))),
    memoryLimit: HostConfig.Memory,
    cpuLimit: HostConfig.NanoCpus > 0 ? HostConfig.NanoCpus / 1e9 : quota(HostConfig.CpuQuota, HostConfig.CpuPeriod),
    pidsLimit: Math.max(0, HostConfig.PidsLimit ?? 0),
    isPrivileged: HostConfig.Privileged,
    capabilities: HostConfig.CapAdd ?? [],
    networkMode: HostConfig.NetworkMode,
    pidMode: HostConfig.PidMode,
    user: Config.User,
    restartPolicy: HostConfig.RestartPolicy?.Name ?? '',
    logDriver: HostConfig.LogConfig?.Type ?? '',
    logOptions: HostConfig.LogConfig?.Config ?? {},
    mounts: (Mounts ?? []).map(({ Source, Destination, RW }) => ({ source: Source, target: Destination, isWritable: RW })),
    ports: publishedPorts(NetworkSettings.Ports ?? {}),
    networks: Object.keys(NetworkSettings.Networks ?? {}),
    labels,
  }
}

function variable(assignment: string): readonly [string, string] {
  const end = assignment.indexOf('=')
  return end < 0 ? [assignment, ''] : [assignment.slice(0, end), assignment.slice(end + 1)]
}

/** Docker's default period is 100 ms. */
function quota(microseconds: number, period: number): number {
  return microseconds > 0 ? microseconds / (period || 100_000) : 0
}

function publishedPorts(
  ports: Readonly<Record<string, readonly { HostIp: string; HostPort: string }[] | null | undefined>>,
): ContainerFacts['ports'] {
  return Object.entries(ports).flatMap(([container, bindings]) =>
    (bindings ?? []).map(({ HostIp, HostPort }) => ({ container, address: HostIp, port: Number(HostPort) })),
  )
}
