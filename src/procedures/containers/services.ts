import { setTimeout as after } from 'node:timers/promises'
import type Dockerode from 'dockerode'
import { z } from 'zod'
import { PortReservations } from '../../ports.ts'
import { type Model, modelOf } from './model.ts'

export interface ContainerServicesOptions {
  readonly docker: Dockerode
  /** The compose project whose containers stand model: network, limits, health check, labels and mounted secrets are theirs. */
  readonly model: string
  /** The project that the new containers belong to. */
  readonly project: string
  /** Begins the names under which they reach each other; short, since a name in DNS is. */
  readonly prefix: string
  /** What a service is given otherwise than its model. */
  readonly environmentOf: (service: string) => Readonly<Record<string, string>>
  /** Bytes that a service may take; default: as its model. */
  readonly memoryOf?: (service: string) => number | undefined
  /** Directories of a service that live in memory: path → options of the mount. */
  readonly tmpfsOf?: (service: string) => Readonly<Record<string, string>>
}

/** Directories of a model that are copied, since they were copied into it. */
const COPIED = ['/run/secrets']
const STOP_S = 5
const POLL_MS = 50
const CONFLICT = 409
const NOT_FOUND = 404

const listedSchema = z.object({
  Id: z.string(),
  ImageID: z.string(),
  State: z.string(),
  Labels: z.record(z.string(), z.string()),
})
const stateSchema = z.object({
  RestartCount: z.int(),
  State: z.object({ Status: z.string(), ExitCode: z.int(), OOMKilled: z.boolean().default(false) }),
})

/** Containers that run services of one project by image id, each made after the model of the same name. */
export class ContainerServices {
  readonly #options: ContainerServicesOptions
  readonly #ports = new Map<string, number>()
  readonly #reservations = new PortReservations()
  readonly #models = new Map<string, Promise<Model>>()

  constructor(options: ContainerServicesOptions) {
    this.#options = options
  }

  model(service: string): Promise<Model> {
    const { docker, model } = this.#options
    const known = this.#models.get(service) ?? modelOf(docker, model, service)
    this.#models.set(service, known)
    return known
  }

  /** The name under which other containers of the network reach a service. */
  alias(service: string): string {
    return `${this.#options.prefix}-${service}`
  }

  /** The port of loopback on which a service is published; undefined where it does not run. */
  port(service: string): number | undefined {
    return this.#ports.get(service)
  }

  async hasImage(id: string): Promise<boolean> {
    const [answer] = await Promise.allSettled([this.#options.docker.getImage(id).inspect()])
    if (answer.status === 'rejected' && statusOf(answer.reason) !== NOT_FOUND) throw answer.reason
    return answer.status === 'fulfilled'
  }

  /** Starts exactly that image; whatever else runs under that name is replaced. */
  async start(service: string, image: string): Promise<void> {
    const running = (await this.#own()).find((one) => one.service === service)
    if (running?.image === image && running.state === 'running') return
    await this.stop(service)
    const model = await this.model(service)
    const [port] = model.ports
    const host = await this.#reservations.reserve()
    const { docker } = this.#options
    const container = await docker.createContainer(this.#wanted(service, image, model, host))
    for (const directory of COPIED) await copyInto(container, model.container, directory)
    await this.#reservations.release([host])
    await container.start()
    if (port !== undefined) this.#ports.set(service, host)
  }

  /** Stops and removes it; nothing happens where it does not run. */
  async stop(service: string): Promise<void> {
    this.#ports.delete(service)
    for (const { id, service: name } of await this.#own()) if (name === service) await this.#remove(id, true)
  }

  /** Service → image id of what really runs. */
  async running(): Promise<Record<string, string>> {
    const own = (await this.#own()).filter(({ state }) => state === 'running' || state === 'restarting')
    return Object.fromEntries(own.map(({ service, image }) => [service, image]))
  }

  /** What the engine says is wrong with a service; undefined where it runs and has not died since it was started. */
  async ailment(service: string): Promise<string | undefined> {
    const container = await this.container(service)
    if (container === undefined) return 'does not run'
    const { State, RestartCount } = stateSchema.parse(await container.inspect())
    const killed = State.OOMKilled ? ', killed for want of memory' : ''
    if (State.Status !== 'running') return `is ${State.Status} (exit code ${State.ExitCode}${killed})`
    if (RestartCount === 0) return undefined
    return `died and was restarted ${RestartCount === 1 ? 'once' : `${RestartCount} times`}${await this.#outOfMemory(container)}`
  }

  /** A container that was started again no longer says what ended it; the engine's events do. */
  async #outOfMemory(container: Dockerode.Container): Promise<string> {
    const { Created } = z.object({ Created: z.iso.datetime({ offset: true }) }).parse(await container.inspect())
    const since = Math.floor(Date.parse(Created) / 1_000)
    const filters = { container: [container.id], event: ['oom'] }
    const events = await this.#options.docker.getEvents({ since, until: Math.ceil(Date.now() / 1_000), filters })
    let said = ''
    for await (const chunk of events) said += String(chunk)
    return said.trim() === '' ? '' : ', killed for want of memory'
  }

  /** Ends it as a power cut would; it stays as it is until it is revived. */
  async kill(service: string): Promise<void> {
    await (await this.container(service))?.kill()
  }

  /** Starts it again with the data that it had. */
  async revive(service: string): Promise<void> {
    await (await this.container(service))?.start()
  }

  /** Runs a command in it as root. @throws Error with what it printed, where it failed. */
  async run(service: string, command: readonly string[]): Promise<void> {
    const container = await this.container(service)
    if (container === undefined) throw new Error(`${service} does not run, so ${command[0]} cannot`)
    const exec = await container.exec({ Cmd: [...command], User: '0', AttachStdout: true, AttachStderr: true })
    const stream = await exec.start({ Detach: false })
    const said: Buffer[] = []
    for await (const chunk of stream) said.push(Buffer.from(chunk))
    const { ExitCode } = z.object({ ExitCode: z.int() }).parse(await exec.inspect())
    if (ExitCode !== 0) throw new Error(`${command.join(' ')} in ${service} ended with ${ExitCode}: ${Buffer.concat(said)}`)
  }

  /** Removes every container of the project. */
  async close(): Promise<void> {
    this.#ports.clear()
    await this.#reservations.close()
    await Promise.all((await this.#own()).map(({ id }) => this.#remove(id, false)))
  }

  async container(service: string): Promise<Dockerode.Container | undefined> {
    const found = (await this.#own()).find((one) => one.service === service)
    return found === undefined ? undefined : this.#options.docker.getContainer(found.id)
  }

  async #own(): Promise<{ id: string; image: string; state: string; service: string }[]> {
    const { docker, project } = this.#options
    const filters = { label: [`com.docker.compose.project=${project}`] }
    const listed = z.array(listedSchema).parse(await docker.listContainers({ all: true, filters }))
    return listed.map(({ Id, ImageID, State, Labels }) => ({
      id: Id,
      image: ImageID,
      state: State,
      service: Labels['com.docker.compose.service'] ?? '',
    }))
  }

  async #remove(id: string, gently: boolean): Promise<void> {
    const container = this.#options.docker.getContainer(id)
    try {
      if (gently) await container.stop({ t: STOP_S })
    } catch (error) {
      // 304: it had stopped already.
      if (![304, NOT_FOUND].includes(statusOf(error) ?? 0)) throw error
    }
    for (;;) {
      const [removed] = await Promise.allSettled([container.remove({ force: true, v: true })])
      if (removed.status === 'fulfilled' || statusOf(removed.reason) === NOT_FOUND) return
      // It is being removed already, or restarts at this very moment.
      if (statusOf(removed.reason) !== CONFLICT) throw removed.reason
      await after(POLL_MS)
    }
  }

  #wanted(service: string, image: string, model: Model, port: number): Dockerode.ContainerCreateOptions {
    const { project, environmentOf, memoryOf, tmpfsOf } = this.#options
    const { Config, HostConfig } = model.inspection
    const memory = memoryOf?.(service) ?? HostConfig.Memory
    const environment = { ...model.environment, ...environmentOf(service) }
    const [published] = model.ports
    return {
      name: `${project}-${service}-1`,
      Image: image,
      Hostname: service,
      Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
      User: Config.User,
      ...(model.command === undefined ? {} : { Cmd: [...model.command] }),
      // Whoever starts it asks for its health: an engine that asks as well would start a process every time.
      Healthcheck: { Test: ['NONE'] },
      Labels: {
        ...model.labels,
        'com.docker.compose.project': project,
        'com.docker.compose.service': service,
        'com.docker.compose.container-number': '1',
      },
      ExposedPorts: published === undefined ? {} : { [published]: {} },
      HostConfig: {
        NetworkMode: model.network,
        Memory: memory,
        MemorySwap: memory,
        NanoCpus: HostConfig.NanoCpus,
        SecurityOpt: HostConfig.SecurityOpt,
        RestartPolicy: HostConfig.RestartPolicy as Dockerode.HostRestartPolicy,
        LogConfig: HostConfig.LogConfig,
        Tmpfs: { ...tmpfsOf?.(service) },
        PortBindings: published === undefined ? {} : { [published]: [{ HostIp: '127.0.0.1', HostPort: String(port) }] },
      },
      NetworkingConfig: { EndpointsConfig: { [model.network]: { Aliases: [this.alias(service)] } } },
    }
  }
}

/** Copies a directory from one container into another; nothing happens where there is none. */
async function copyInto(target: Dockerode.Container, source: Dockerode.Container, directory: string): Promise<void> {
  const [archive] = await Promise.allSettled([source.getArchive({ path: directory })])
  if (archive.status === 'rejected') {
    if (statusOf(archive.reason) === NOT_FOUND) return
    throw archive.reason
  }
  const chunks: Buffer[] = []
  for await (const chunk of archive.value) chunks.push(Buffer.from(chunk))
  await target.putArchive(Buffer.concat(chunks), { path: directory.slice(0, directory.lastIndexOf('/')) || '/' })
}

function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : undefined
}
