import path from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { finished } from 'node:stream/promises'
import type Dockerode from 'dockerode'
import { pack } from 'tar-stream'
import { z } from 'zod'
import { COMPOSE_SERVICE } from '../../probes/docker-container.ts'
import { until } from '../../wait.ts'
import type { Undo } from '../fault.ts'
import type { Ran, Reshaped } from './control.ts'

/** How long a container may take to be healthy, and how often it is asked, in milliseconds. */
const READY_MS = 60_000
const ASK_MS = 100
const FREEZE_MS = 10_000
/** How long a line may take from a process to the engine's log, in milliseconds, and how many lines are looked through. */
const LOGGED_MS = 5_000
const LOOKED_THROUGH = 100

const inspectSchema = z.looseObject({
  Id: z.string(),
  Name: z.string(),
  Config: z.looseObject({
    Image: z.string(),
    Env: z.array(z.string()).nullish(),
    Cmd: z.array(z.string()).nullish(),
    Entrypoint: z.array(z.string()).nullish(),
    Labels: z.record(z.string(), z.string()),
    Healthcheck: z.record(z.string(), z.unknown()).nullish(),
  }),
  HostConfig: z.record(z.string(), z.unknown()),
  RestartCount: z.int().default(0),
  State: z.looseObject({
    Status: z.string(),
    Pid: z.int(),
    Restarting: z.boolean(),
    Health: z.looseObject({ Status: z.string() }).nullish(),
  }),
  NetworkSettings: z.looseObject({ Networks: z.record(z.string(), z.unknown()) }),
  Mounts: z.array(z.looseObject({ Type: z.string(), Destination: z.string() })).nullish(),
})
export type Inspected = z.infer<typeof inspectSchema>

export async function inspected(container: Dockerode.Container): Promise<Inspected> {
  return inspectSchema.parse(await container.inspect())
}

/** Waits until a container is healthy, or runs where it has no health check. @throws Error where it does not. */
export async function ready(container: Dockerode.Container): Promise<void> {
  const { State, Name } = await until(
    () => inspected(container),
    ({ State: { Status, Health } }) => Status === 'running' && (Health == null || Health.Status === 'healthy'),
    { deadlineMs: READY_MS, everyMs: ASK_MS },
  )
  const is = State.Health?.Status ?? State.Status
  if (State.Status !== 'running' || (State.Health != null && is !== 'healthy'))
    throw new Error(`${Name} is ${is} ${READY_MS / 1_000} s after it was started`)
}

/** Freezes all processes of a container. On a busy machine the kernel may not catch them all at once; the engine then leaves them as they were. */
export async function freeze(container: Dockerode.Container): Promise<void> {
  const attempt = async (): Promise<unknown> => {
    try {
      await container.pause()
      return undefined
    } catch (error) {
      return error
    }
  }
  const isOver = (error: unknown): boolean => !(error instanceof Error) || !error.message.includes('unable to freeze')
  const error = await until(attempt, isOver, { deadlineMs: FREEZE_MS, everyMs: ASK_MS })
  if (error !== undefined) throw error
}

/** Everything that a container has in its file system and in its volumes and its image has not, as it can be put into another one. */
export async function addedFiles(container: Dockerode.Container): Promise<ReadonlyMap<string, Buffer>> {
  const { Mounts } = await inspected(container)
  const changed =
    z
      .array(z.object({ Path: z.string(), Kind: z.int() }))
      .nullable()
      .parse(await container.changes()) ?? []
  const [modified, added] = [0, 1]
  const own = changed.filter(({ Kind }) => Kind === added).map(({ Path }) => Path)
  // A directory comes with all that is in it.
  const roots = own.filter((one) => !own.includes(path.posix.dirname(one)))
  const others = changed.filter(({ Kind }) => Kind === modified).map(({ Path }) => Path)
  const leaves = [...roots, ...others.filter((one) => !changed.some(({ Path }) => Path.startsWith(`${one}/`)))]
  // What lies in a volume is no change of the container's own file system.
  const volumes = Mounts?.filter(({ Type }) => Type === 'volume').map(({ Destination }) => Destination) ?? []
  const files = new Map<string, Buffer>()
  for (const leaf of [...leaves.filter((one) => !volumes.includes(one)), ...volumes])
    files.set(leaf, await buffer(await container.getArchive({ path: leaf })))
  return files
}

/** Builds an image on another one, by further instructions. @throws Error with what the engine said where it did not. */
export async function bakedImage(docker: Dockerode, base: string, instructions: readonly string[]): Promise<string> {
  const context = pack()
  context.entry({ name: 'Dockerfile' }, [`FROM ${base}`, ...instructions, ''].join('\n'))
  context.finalize()
  const tag = `fault-${crypto.randomUUID()}:latest`
  const said = await text(await docker.buildImage(Readable.from(context), { t: tag, networkmode: 'none' }))
  if (said.includes('"errorDetail"')) throw new Error(`the image could not be built: ${said}`)
  return tag
}

export interface Recipe {
  readonly was: Inspected
  readonly files: ReadonlyMap<string, Buffer>
  readonly network: string
  readonly changes: Reshaped
  /** Where it is not to be taken for the one that it is made like. */
  readonly as?: { readonly name: string; readonly service: string }
}

/** Makes a container like another one, changes aside, and starts it. */
export async function remake(docker: Dockerode, recipe: Recipe): Promise<Dockerode.Container> {
  const { was, files, network, changes, as } = recipe
  const { Config, HostConfig } = was
  const { Hostname: _, ...config } = Config
  const service = as?.service ?? Config.Labels[COMPOSE_SERVICE] ?? ''
  const container = await docker.createContainer({
    ...config,
    name: as?.name ?? was.Name.replace(/^\//, ''),
    Hostname: service,
    Image: changes.image ?? Config.Image,
    Env: assignments(Config.Env ?? [], changes.environment ?? {}),
    Cmd: changes.command ?? Config.Cmd ?? undefined,
    Entrypoint: changes.entrypoint ?? Config.Entrypoint ?? undefined,
    Labels: { ...Config.Labels, [COMPOSE_SERVICE]: service, ...changes.labels },
    Healthcheck: changes.healthcheck ?? Config.Healthcheck ?? undefined,
    HostConfig: {
      ...HostConfig,
      ...(as === undefined ? {} : { PortBindings: {} }),
      ...(changes.restart === undefined ? {} : { RestartPolicy: { Name: changes.restart } }),
      ...changes.host,
    },
    NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [service] } } },
  } as Dockerode.ContainerCreateOptions)
  const kept = [...files].filter(
    ([place]) => !(changes.without?.some((directory) => `${place}/`.startsWith(`${directory}/`)) ?? false),
  )
  try {
    for (const [place, archive] of kept) await container.putArchive(archive, { path: path.posix.dirname(place) })
    await container.start()
  } catch (error) {
    await container.remove({ force: true, v: true })
    throw error
  }
  return container
}

/** `NAME=value` lines with some of them changed, added or taken away. */
function assignments(old: readonly string[], changes: NonNullable<Reshaped['environment']>): string[] {
  const values = new Map(old.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const))
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) values.delete(name)
    else values.set(name, value)
  }
  return [...values].map(([name, value]) => `${name}=${value}`)
}

const ROOT = '0'

/** Runs a command in a container to its end; as the container's own account where that is ''. */
export async function run(container: Dockerode.Container, argv: readonly string[], User = ROOT): Promise<Ran> {
  const exec = await container.exec({ Cmd: [...argv], AttachStdout: true, AttachStderr: true, Tty: false, User })
  const stream = await exec.start({})
  const said = new PassThrough()
  container.modem.demuxStream(stream, said, said)
  const chunks: Buffer[] = []
  said.on('data', (chunk: Buffer) => chunks.push(chunk))
  await finished(stream, { writable: false })
  const { ExitCode } = z.object({ ExitCode: z.int() }).parse(await exec.inspect())
  return { exitCode: ExitCode, output: Buffer.concat(chunks).toString('utf8') }
}

/** Waits until the engine tells lines as the last that a container has logged. @throws Error where it does not. */
export async function logged(container: Dockerode.Container, lines: readonly string[]): Promise<void> {
  const told = async (): Promise<string> => String(await container.logs({ stdout: true, stderr: true, tail: LOOKED_THROUGH }))
  const isThere = (text: string): boolean => lines.every((line) => text.includes(line))
  const text = await until(told, isThere, { deadlineMs: LOGGED_MS, everyMs: ASK_MS })
  if (!isThere(text)) throw new Error(`the engine tells nothing of what was logged, ${LOGGED_MS / 1_000} s after it was`)
}

/** Starts a command in a container that goes on by itself; it is told by its argument 0, by which the undo ends it. */
export async function runOn(container: Dockerode.Container, argv: readonly string[]): Promise<Undo> {
  const file = `/tmp/fault-${crypto.randomUUID()}`
  const exec = await container.exec({
    Cmd: ['sh', '-c', 'echo $$ > "$0"; exec "$@"', file, ...argv],
    AttachStdout: false,
    AttachStderr: false,
    User: '0',
  })
  await exec.start({ Detach: true })
  return async () => {
    const { exitCode, output } = await run(container, ['sh', '-c', 'kill -9 "$(cat "$0")" && rm "$0"', file])
    if (exitCode !== 0) throw new Error(`${argv.join(' ')} could not be ended: ${output}`)
  }
}
