import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import Dockerode from 'dockerode'
import { extract, pack } from 'tar-stream'
import { parse } from 'yaml'
import { z } from 'zod'
import { serviceSchema } from '../../compose/schema.ts'
import { COMPOSE_PROJECT, COMPOSE_SERVICE } from '../../probes/docker-container.ts'
import { asAccount } from '../../targets/disposable/database.ts'
import type { TargetSpec } from '../../targets/schema.ts'
import type { ContainerControl, StackControl } from './control.ts'
import {
  addedFiles,
  bakedImage,
  freeze,
  type Inspected,
  inspected,
  logged,
  ready,
  remake,
  run,
  runOn,
} from './engine-container.ts'
import { scrapeAilments } from './scrape-ailments.ts'

export interface StackParts {
  /** With the run's addresses: its engine, and the project's name. */
  readonly spec: TargetSpec
  readonly secrets: Readonly<Record<string, string>>
  /** A path of the host as a path of this machine. */
  readonly hostPath: StackControl['hostPath']
  /** The compose file as it lies on the host. */
  readonly composeFile: () => Promise<string>
  /** Who administers the database; the password is the secret `postgres.adminPassword`. */
  readonly administrator: string
}

/** A host that is a directory of this machine. */
export function hostIn(root: string, { compose }: TargetSpec): Pick<StackParts, 'hostPath' | 'composeFile'> {
  const hostPath = (place: string): string => path.join(root, place)
  return { hostPath, composeFile: () => readFile(hostPath(compose?.file ?? ''), 'utf8') }
}

/** The levers of a stack whose engine answers at the address that the description names. */
export function engineStack(parts: StackParts): StackControl {
  const { spec, secrets, hostPath, composeFile, administrator } = parts
  const docker = engineOf(spec)
  const project = spec.compose?.project ?? ''
  const all = async (): Promise<Inspected[]> => {
    const listed = await docker.listContainers({ all: true, filters: { label: [`${COMPOSE_PROJECT}=${project}`] } })
    const each = await Promise.all(listed.map(({ Id }) => inspected(docker.getContainer(Id))))
    return each.toSorted((one, other) => one.Name.localeCompare(other.Name))
  }
  const handle = async (service: string): Promise<Dockerode.Container> => {
    const found = (await all()).find(({ Config }) => Config.Labels[COMPOSE_SERVICE] === service)
    if (found === undefined) throw new Error(`the stack has no container of ${service}`)
    return docker.getContainer(found.Id)
  }
  /** What waits for a service, directly or not, in an order in which it can be started again. */
  const dependants = async (service: string): Promise<string[]> => {
    const { services } = z.looseObject({ services: z.record(z.string(), z.unknown()) }).parse(parse(await composeFile()))
    const needs = new Map(
      Object.entries(services).map(([name, described]) => [
        name,
        Object.keys(serviceSchema.pick({ depends_on: true }).parse(described).depends_on),
      ]),
    )
    const found: string[] = []
    for (let last = [service]; last.length > 0; ) {
      last = [...needs].flatMap(([name, on]) => (last.some((one) => on.includes(one)) ? [name] : []))
      for (const name of last) {
        if (found.includes(name)) found.splice(found.indexOf(name), 1)
        found.push(name)
      }
    }
    return found
  }
  const startAnew = async (service: string): Promise<void> => {
    const container = await handle(service)
    if ((await inspected(container)).State.Status === 'running') await container.restart({ t: 2 })
    else await container.start()
    await ready(container)
    await startDependants(service)
  }
  const startDependants = async (service: string): Promise<void> => {
    for (const other of await dependants(service)) {
      const waiting = await handle(other)
      await waiting.restart({ t: 2 })
      await ready(waiting)
    }
  }
  const remade = async (service: string): Promise<{ was: Inspected; files: ReadonlyMap<string, Buffer> }> => {
    const container = await handle(service)
    return { was: await inspected(container), files: await addedFiles(container) }
  }
  const containerControl = (service: string): ContainerControl => ({
    service,
    async stop() {
      await (await handle(service)).stop({ t: 2 })
      return () => startAnew(service)
    },
    async pause() {
      const container = await handle(service)
      await freeze(container)
      return async () => {
        await container.unpause()
        await ready(container)
      }
    },
    async disconnect() {
      const container = await handle(service)
      const network = docker.getNetwork(networkOf(await inspected(container)))
      await network.disconnect({ Container: container.id, Force: true })
      return async () => {
        await network.connect({ Container: container.id, EndpointConfig: { Aliases: [service] } })
        await startAnew(service)
      }
    },
    restart: () => startAnew(service),
    async restartAlone() {
      const container = await handle(service)
      await container.restart({ t: 2 })
      await ready(container)
      return () => startDependants(service)
    },
    async signal(name) {
      await (await handle(service)).kill({ signal: name })
    },
    async replace(changes) {
      // What it keeps in memory is written down when it ends.
      await (await handle(service)).stop({ t: 5 })
      const before = await remade(service)
      const put = async (as: typeof changes): Promise<void> => {
        await (await handle(service)).remove({ force: true, v: true })
        await ready(await remake(docker, { ...before, network: networkOf(before.was), changes: as }))
        await startDependants(service)
      }
      await put(changes)
      return () => put({})
    },
    async beside(name, changes) {
      const before = await remade(service)
      const as = { name: `${project}-${name}-2`, service: name }
      const image = changes.baked && (await bakedImage(docker, before.was.Config.Image, changes.baked))
      const container = await remake(docker, {
        ...before,
        network: networkOf(before.was),
        changes: { ...changes, ...(image && { image }) },
        as,
      })
      return async () => {
        await container.remove({ force: true, v: true })
        if (image !== undefined) await docker.getImage(image).remove({ force: true })
      }
    },
    async allow(changes) {
      const container = await handle(service)
      const { HostConfig } = await inspected(container)
      await container.update(changes)
      const before = z.object({ Memory: z.number(), MemorySwap: z.number(), NanoCpus: z.number() }).parse(HostConfig)
      return async () => void (await container.update(before))
    },
    async memoryUsed() {
      const stats = z
        .object({ memory_stats: z.object({ usage: z.number(), stats: z.record(z.string(), z.number()).default({}) }) })
        .parse(await (await handle(service)).stats({ stream: false, 'one-shot': true } as never))
      const { usage, stats: kinds } = stats.memory_stats
      return usage - (kinds.inactive_file ?? kinds.total_inactive_file ?? 0)
    },
    async exec(...argv) {
      const ran = await run(await handle(service), argv)
      if (ran.exitCode !== 0) throw new Error(`${argv.join(' ')} in ${service} ended with ${ran.exitCode}: ${ran.output}`)
      return ran
    },
    async log(lines) {
      // As its own account: nobody else may write where its first process writes.
      const argv = ['sh', '-c', 'printf "%s\\n" "$@" > /proc/1/fd/1', 'sh', ...lines]
      const container = await handle(service)
      const { exitCode, output } = await run(container, argv, '')
      if (exitCode !== 0) throw new Error(`${service} could not be made to log: ${output}`)
      await logged(container, lines)
    },
    running: async (...argv) => runOn(await handle(service), argv),
    async readFile(place) {
      return (await fileIn(await handle(service), place)).text
    },
    async writeFile(place, text) {
      const container = await handle(service)
      const { header } = await fileIn(container, place)
      const archive = pack()
      const content = Buffer.from(text)
      archive.entry({ name: header.name, mode: header.mode, uid: header.uid, gid: header.gid, size: content.length }, content)
      archive.finalize()
      await container.putArchive(await buffer(archive), { path: path.posix.dirname(place) })
    },
  })
  return {
    spec,
    hostPath,
    services: async () => (await all()).map(({ Config }) => Config.Labels[COMPOSE_SERVICE] ?? ''),
    container: containerControl,
    async sql(text, values) {
      if (spec.postgres === undefined) throw new Error('the stack has no PostgreSQL')
      const { database } = spec.postgres
      const account = { user: administrator, password: secrets['postgres.adminPassword'] ?? '', database }
      return asAccount(spec.postgres, account, async (client) => {
        const result = values === undefined ? await client.query(text) : await client.query(text, [...values])
        return Array.isArray(result) ? [] : result.rows
      })
    },
    secret(key) {
      const secret = secrets[key]
      if (secret === undefined) throw new Error(`the stack has no secret ${key}`)
      return secret
    },
    shapes: async () => Object.fromEntries((await all()).map((one) => [`container ${one.Name}`, shapeOf(one)])),
    async ailments() {
      const unwell = (await all()).flatMap(({ Name, State, RestartCount }) => {
        const is = State.Status === 'running' ? (State.Health?.Status ?? 'healthy') : State.Status
        return is === 'healthy' ? [] : [`${Name} is ${is}${RestartCount > 0 ? `, after ${RestartCount} restarts` : ''}`]
      })
      return [...unwell, ...(await scrapeAilments(spec))]
    },
  }
}

/** The network that it is on; every container of a stack is on one. */
function networkOf({ Name, NetworkSettings }: Inspected): string {
  const [network] = Object.keys(NetworkSettings.Networks)
  if (network === undefined) throw new Error(`${Name} is on no network`)
  return network
}

const SHAPE = [
  'Memory',
  'MemorySwap',
  'NanoCpus',
  'CpuQuota',
  'Privileged',
  'CapAdd',
  'LogConfig',
  'RestartPolicy',
  'Ulimits',
  'Binds',
  'PidMode',
]

/** Everything but what is another after each start. */
function shapeOf({ Config, HostConfig, State, NetworkSettings }: Inspected): string {
  const { Image, Env, Cmd, Labels } = Config
  const text = JSON.stringify([
    Image,
    [...(Env ?? [])].sort(),
    Cmd ?? [],
    Object.entries(Labels).sort(),
    SHAPE.map((key) => inOrder(HostConfig[key])),
  ])
  return `${createHash('sha256').update(text).digest('hex').slice(0, 12)} ${State.Status} in ${Object.keys(NetworkSettings.Networks).join(', ')}`
}

/** An engine tells the limits that it adds by itself in whatever order. */
function inOrder(value: unknown): unknown {
  return Array.isArray(value) ? value.map((one) => JSON.stringify(one)).sort() : (value ?? null)
}

function engineOf({ docker }: TargetSpec): Dockerode {
  if (docker === undefined) throw new Error('the stack’s description names no engine')
  return new Dockerode(
    'socket' in docker ? { socketPath: docker.socket } : { host: docker.host, port: docker.port, protocol: 'http' },
  )
}

/** One file out of a container, with what its archive says of it. */
async function fileIn(container: Dockerode.Container, place: string) {
  // Read to its end first: an answer that is left half read keeps its connection open, and the process from ending.
  const archive = await buffer(await container.getArchive({ path: place }))
  const unpacking = extract()
  unpacking.end(archive)
  for await (const entry of unpacking) return { header: entry.header, text: (await buffer(entry)).toString('utf8') }
  throw new Error(`${place} is not in the container`)
}
