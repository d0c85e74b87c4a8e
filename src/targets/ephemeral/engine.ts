import type Dockerode from 'dockerode'
import { z } from 'zod'
import type { EngineAddress } from '../../watchdog/containers.ts'
import type { DockerSpec } from '../schema.ts'

/** A container engine that is fit to run a target. */
export interface Engine {
  readonly docker: Dockerode
  readonly version: string
  readonly cpus: number
  /** Of its machine, in bytes. */
  readonly memory: number
  /** Where it keeps images and containers, on its own machine. */
  readonly directory: string
  /** Health checks may be taken more often while a container starts (Docker 25 and later). */
  readonly hasStartInterval: boolean
  readonly address: EngineAddress
  /** The same, as a target's description says it. */
  readonly spec: DockerSpec
}

const CONNECT_MS = 15_000
/** Docker 20.10: the oldest that is still in a supported distribution. */
const OLDEST_API = '1.41'
const START_INTERVAL_API = '1.44'

const infoSchema = z.object({ DockerRootDir: z.string().default(''), MemTotal: z.number().default(0) })
const modemSchema = z.object({
  socketPath: z.string().nullish(),
  host: z.string().nullish(),
  port: z.union([z.string(), z.number()]).nullish(),
  protocol: z.string().nullish(),
})

/** Finds the engine as testcontainers does (DOCKER_HOST, the usual sockets). @throws Error saying what was tried and what to do. */
export async function connectEngine(): Promise<Engine> {
  prepareEnvironment()
  const { getContainerRuntimeClient } = await import('testcontainers')
  const client = await within(CONNECT_MS, getContainerRuntimeClient()).catch((error: unknown) => {
    throw new Error(noEngine(error))
  })
  const { dockerode } = client.container
  requireNamedEngine(modemSchema.parse(dockerode.modem))
  const [version, info] = await within(CONNECT_MS, Promise.all([dockerode.version(), dockerode.info()]))
  const { ApiVersion } = z.object({ ApiVersion: z.string() }).parse(version)
  const { DockerRootDir, MemTotal } = infoSchema.parse(info)
  const { serverVersion, cpus } = client.info.containerRuntime
  if (!isAtLeast(ApiVersion, OLDEST_API))
    throw new Error(
      `the container engine ${serverVersion} is too old: its API is ${ApiVersion}, at least ${OLDEST_API} (Docker 20.10) is needed; update it`,
    )
  const address = addressOf(modemSchema.parse(dockerode.modem))
  const spec: DockerSpec = 'socketPath' in address ? { socket: address.socketPath } : address
  return {
    docker: dockerode,
    version: String(serverVersion),
    cpus,
    memory: MemTotal,
    directory: DockerRootDir,
    hasStartInterval: isAtLeast(ApiVersion, START_INTERVAL_API),
    address,
    spec,
  }
}

/** Published ports are loopback's, and what testcontainers starts is removed by us: its own remover is an image that may not be had. */
function prepareEnvironment(): void {
  const { env } = process
  const isRemote = /^(tcp|https?|ssh):/.test(env.DOCKER_HOST ?? '')
  if (!isRemote) env.TESTCONTAINERS_HOST_OVERRIDE ??= '127.0.0.1'
  env.TESTCONTAINERS_RYUK_DISABLED ??= 'true'
}

/** Where an engine is named and does not answer, testcontainers takes another one: a stack must not run where nobody meant it to. */
function requireNamedEngine({ socketPath, host, port }: z.infer<typeof modemSchema>): void {
  const named = process.env.DOCKER_HOST ?? ''
  if (named === '') return
  const url = URL.parse(named)
  const isMeant = named.startsWith('unix://')
    ? named.slice('unix://'.length) === socketPath
    : socketPath == null && url !== null && url.hostname === host && Number(url.port) === Number(port)
  if (isMeant) return
  if (!isMeant) throw new Error(noEngine(new Error('another engine answers')))
}

function addressOf({ socketPath, host, port, protocol }: z.infer<typeof modemSchema>): EngineAddress {
  if (socketPath != null) return { socketPath }
  if (protocol === 'https')
    throw new Error('the container engine is reached by TLS, which this target cannot do; forward its socket and set DOCKER_HOST')
  return { host: host ?? '127.0.0.1', port: Number(port ?? 2375) }
}

function noEngine(error: unknown): string {
  const named = process.env.DOCKER_HOST ?? ''
  const said = error instanceof Error ? error.message : String(error)
  const why = named === '' ? said : namedEngine(named, said)
  const tried = named === '' ? '/var/run/docker.sock and the rootless sockets' : named
  return `no container engine answers (tried ${tried}: ${why}); start Docker or Podman's API, see that this account may use it (docker info), or set DOCKER_HOST`
}

function namedEngine(named: string, said: string): string {
  if (!/^(unix|tcp|https?):\/\//.test(named))
    return 'DOCKER_HOST is no address that this target can use, such as unix:///var/run/docker.sock or tcp://127.0.0.1:2375'
  return /no answer within/.test(said) ? said : `nothing that is an engine answers there, and no other is taken instead (${said})`
}

function isAtLeast(version: string, wanted: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split('.').map(Number)
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
