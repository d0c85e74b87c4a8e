import type Dockerode from 'dockerode'
import { z } from 'zod'

const nullishRecord = <V extends z.ZodType>(value: V) =>
  z
    .record(z.string(), value)
    .nullish()
    .transform((record) => record ?? {})
const list = z
  .array(z.string())
  .nullish()
  .transform((entries) => entries ?? [])

const inspectionSchema = z.object({
  Id: z.string(),
  Image: z.string(),
  Config: z.object({
    Env: list,
    Cmd: list,
    User: z.string().default(''),
    Labels: nullishRecord(z.string()),
  }),
  HostConfig: z.object({
    Memory: z.number().default(0),
    NanoCpus: z.number().default(0),
    SecurityOpt: list,
    RestartPolicy: z.object({ Name: z.string() }).loose(),
    LogConfig: z.object({ Type: z.string(), Config: nullishRecord(z.string()) }),
    PortBindings: nullishRecord(z.unknown()),
  }),
  NetworkSettings: z.object({ Networks: z.record(z.string(), z.unknown()) }),
})
const imageSchema = z.object({ Config: z.object({ Env: list, Cmd: list }).nullish() })

/** A running container of a compose service that others are made after. */
export interface Model {
  readonly container: Dockerode.Container
  /** What it runs, by the image's own id. */
  readonly image: string
  /** What it is given beyond what its image sets. */
  readonly environment: Readonly<Record<string, string>>
  /** undefined: its image's own. */
  readonly command: readonly string[] | undefined
  readonly labels: Readonly<Record<string, string>>
  /** Ports that it publishes, such as `8001/tcp`. */
  readonly ports: readonly string[]
  readonly network: string
  readonly inspection: z.output<typeof inspectionSchema>
}

/** The container of that service of a compose project. @throws Error where there is none. */
export async function modelOf(docker: Dockerode, project: string, service: string): Promise<Model> {
  const label = [`com.docker.compose.project=${project}`, `com.docker.compose.service=${service}`]
  const [found] = await docker.listContainers({ all: true, filters: { label } })
  if (found === undefined) throw new Error(`project ${project} has no container of ${service} to make another one after`)
  const container = docker.getContainer(found.Id)
  const inspection = inspectionSchema.parse(await container.inspect())
  const image = imageSchema.parse(await docker.getImage(inspection.Image).inspect()).Config
  const { Env, Cmd, Labels } = inspection.Config
  const own = new Set(image?.Env)
  return {
    container,
    image: inspection.Image,
    environment: assignments(Env.filter((entry) => !own.has(entry))),
    command: JSON.stringify(Cmd) === JSON.stringify(image?.Cmd) ? undefined : Cmd,
    labels: Object.fromEntries(Object.entries(Labels).filter(([key]) => !key.startsWith('com.docker.compose.'))),
    ports: Object.keys(inspection.HostConfig.PortBindings),
    network: Object.keys(inspection.NetworkSettings.Networks)[0] ?? 'bridge',
    inspection,
  }
}

function assignments(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const at = entry.indexOf('=')
      return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)]
    }),
  )
}
