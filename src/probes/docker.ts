import type Dockerode from 'dockerode'
import { z } from 'zod'
import type { Probe } from '../probe.ts'
import type { DockerSpec } from '../targets/schema.ts'
import { GRACE_MS } from './deadline.ts'
import { dockerAddress, dockerCommand, engineAnswer, withDocker } from './docker-client.ts'
import { COMPOSE_PROJECT, type ContainerFacts, containerFacts } from './docker-container.ts'
import { quote } from './reproduce.ts'

export type { ContainerFacts } from './docker-container.ts'

const DEADLINE_MS = 15_000

/** What an engine says of itself. */
export interface EngineFacts {
  readonly version: string
  readonly apiVersion: string
  readonly kernel: string
  readonly storageDriver: string
  readonly logDriver: string
  readonly dataDirectory: string
  readonly warnings: readonly string[]
}

const infoSchema = z.object({
  ServerVersion: z.string(),
  KernelVersion: z.string().default(''),
  Driver: z.string(),
  LoggingDriver: z.string(),
  DockerRootDir: z.string().default(''),
  Warnings: z.array(z.string()).nullish(),
})
const versionSchema = z.object({ ApiVersion: z.string() })

/** Version and effective drivers of an engine. */
export function engine(spec: DockerSpec, system = 'docker'): Probe<EngineFacts> {
  return reading(spec, {
    system,
    operation: 'GET /info and /version',
    command: 'info',
    async ask(docker) {
      const [info, version] = await Promise.all([docker.info(), docker.version()])
      const { ServerVersion, KernelVersion, Driver, LoggingDriver, DockerRootDir, Warnings } = engineAnswer(
        infoSchema,
        info,
        'description of itself',
      )
      return {
        version: ServerVersion,
        apiVersion: engineAnswer(versionSchema, version, 'version').ApiVersion,
        kernel: KernelVersion,
        storageDriver: Driver,
        logDriver: LoggingDriver,
        dataDirectory: DockerRootDir,
        warnings: Warnings ?? [],
      }
    },
  })
}

export interface ComposeContainersOptions {
  readonly project: string
  /** Names of environment variables whose values may be shown; of the others only the names are kept. */
  readonly showEnvironment?: readonly string[]
  readonly system?: string
}

/** Every container of a compose project, stopped ones too, with what the engine says of it and its image. */
export function composeContainers(spec: DockerSpec, options: ComposeContainersOptions): Probe<ContainerFacts[]> {
  const { project, showEnvironment = [], system = 'docker' } = options
  const label = `${COMPOSE_PROJECT}=${project}`
  return reading(spec, {
    system,
    operation: `GET /containers/json of project ${project}, and each container's and image's description`,
    command: `ps --all --no-trunc --filter label=${quote(label)}`,
    variant: showEnvironment.join(','),
    async ask(docker) {
      const inspections = await inspectAll(docker, label)
      const ids = [...new Set(inspections.map(({ Image }) => Image))]
      const digests = new Map(await Promise.all(ids.map(async (id) => [id, await repoDigests(docker, id)] as const)))
      return inspections
        .map((inspection) => containerFacts(inspection, digests.get(inspection.Image) ?? [], showEnvironment))
        .sort((left, right) => (left.name < right.name ? -1 : 1))
    },
  })
}

async function inspectAll(docker: Dockerode, label: string): Promise<{ Image: string }[]> {
  const listed = engineAnswer(
    z.array(z.object({ Id: z.string() })),
    await docker.listContainers({ all: true, filters: { label: [label] } }),
    'list of containers',
  )
  return Promise.all(
    listed.map(async ({ Id }) =>
      engineAnswer(z.looseObject({ Image: z.string() }), await docker.getContainer(Id).inspect(), 'description of a container'),
    ),
  )
}

const digestsSchema = z.object({ RepoDigests: z.array(z.string()).nullish() })

async function repoDigests(docker: Dockerode, id: string): Promise<string[]> {
  return engineAnswer(digestsSchema, await docker.getImage(id).inspect(), 'description of an image').RepoDigests ?? []
}

/** An image that lies in the engine's store. */
export interface ImageFacts {
  readonly id: string
  readonly tags: readonly string[]
  /** With the repository: `postgres@sha256:…`. */
  readonly digests: readonly string[]
  /** Bytes. */
  readonly size: number
  /** Seconds since 1970. */
  readonly created: number
}

const imagesSchema = z.array(
  z.object({
    Id: z.string(),
    RepoTags: z.array(z.string()).nullish(),
    RepoDigests: z.array(z.string()).nullish(),
    Size: z.number(),
    Created: z.number(),
  }),
)

/** Every image in the engine's store. */
export function images(spec: DockerSpec, system = 'docker'): Probe<ImageFacts[]> {
  return reading(spec, {
    system,
    operation: 'GET /images/json',
    command: 'images --digests --no-trunc',
    async ask(docker) {
      return engineAnswer(imagesSchema, await docker.listImages(), 'list of images').map((image) => ({
        id: image.Id,
        tags: image.RepoTags ?? [],
        digests: image.RepoDigests ?? [],
        size: image.Size,
        created: image.Created,
      }))
    },
  })
}

const volumesSchema = z.object({
  Volumes: z
    .array(
      z.object({
        Name: z.string(),
        Driver: z.string(),
        Mountpoint: z.string(),
        Labels: z.record(z.string(), z.string()).nullish(),
      }),
    )
    .nullish(),
})

export interface VolumeFacts {
  readonly name: string
  readonly driver: string
  readonly mountpoint: string
  readonly labels: Readonly<Record<string, string>>
}

/** Every volume of the engine. */
export function volumes(spec: DockerSpec, system = 'docker'): Probe<VolumeFacts[]> {
  return reading(spec, {
    system,
    operation: 'GET /volumes',
    command: 'volume ls',
    async ask(docker) {
      const { Volumes } = engineAnswer(volumesSchema, await docker.listVolumes(), 'list of volumes')
      return (Volumes ?? []).map(({ Name, Driver, Mountpoint, Labels }) => ({
        name: Name,
        driver: Driver,
        mountpoint: Mountpoint,
        labels: Labels ?? {},
      }))
    },
  })
}

const networksSchema = z.array(
  z.object({
    Name: z.string(),
    Driver: z.string(),
    Internal: z.boolean().default(false),
    Labels: z.record(z.string(), z.string()).nullish(),
  }),
)

export interface NetworkFacts {
  readonly name: string
  readonly driver: string
  readonly isInternal: boolean
  readonly labels: Readonly<Record<string, string>>
}

/** Every network of the engine. */
export function networks(spec: DockerSpec, system = 'docker'): Probe<NetworkFacts[]> {
  return reading(spec, {
    system,
    operation: 'GET /networks',
    command: 'network ls',
    async ask(docker) {
      return engineAnswer(networksSchema, await docker.listNetworks(), 'list of networks').map((network) => ({
        name: network.Name,
        driver: network.Driver,
        isInternal: network.Internal,
        labels: network.Labels ?? {},
      }))
    },
  })
}

interface Asking<T> {
  readonly system: string
  readonly operation: string
  /** What the command line client would be asked instead. */
  readonly command: string
  readonly variant?: string
  ask(docker: Dockerode): Promise<T>
}

/** A probe that reads by GET alone; what is kept are the facts, since the engine's literal answer holds environments. */
function reading<T>(spec: DockerSpec, { system, operation, command, variant, ask }: Asking<T>): Probe<T> {
  return {
    kind: 'docker',
    access: {
      system,
      address: dockerAddress(spec),
      operation,
      effect: 'read',
      reproduce: `${dockerCommand(spec)} ${command}`,
    },
    deadlineMs: DEADLINE_MS + GRACE_MS,
    ...(variant === undefined ? {} : { variant }),
    async read(session) {
      const value = await withDocker(session, spec, { deadlineMs: DEADLINE_MS }, ask)
      return { value, raw: JSON.stringify(value, null, 1) }
    },
  }
}
