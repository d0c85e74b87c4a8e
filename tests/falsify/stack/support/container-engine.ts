import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { extract, type Header, pack } from 'tar-stream'
import { COMPOSE_PROJECT, COMPOSE_SERVICE } from '../../../../src/probes/docker-container.ts'
import { frame } from '../../../support/docker-engine.ts'

export const PROJECT = 'bridge'

export interface Kept {
  readonly header: Pick<Header, 'name' | 'mode' | 'uid' | 'gid'>
  readonly text: string
}

/** A container as this engine keeps it; what it is made of in the engine's own words. */
export interface HeldContainer {
  readonly Id: string
  Name: string
  Config: Record<string, unknown>
  HostConfig: Record<string, unknown>
  State: { Status: string; Pid: number; Restarting: boolean; Health?: { Status: string } }
  RestartCount: number
  Mounts: { Type: string; Destination: string }[]
  NetworkSettings: { Networks: Record<string, { Aliases?: string[] }> }
  /** By path. */
  files: Map<string, Kept>
  log: string[]
}

export interface ContainerEngine extends AsyncDisposable {
  readonly socket: string
  readonly containers: HeldContainer[]
  /** Every request that changed something, such as `stop redis`, in the order in which they came. */
  readonly did: string[]
  /** What commands answer; by the first word of the command. */
  readonly answers: Map<string, { readonly exitCode: number; readonly output: string }>
  /** Words with which the next attempts to pause a container are refused. */
  readonly refusals: string[]
  /** Commands that were run, with the account. */
  readonly ran: { readonly argv: readonly string[]; readonly user: string }[]
  held(service: string): HeldContainer
}

/** A running, healthy container of the project. */
export function heldContainer(service: string, changes: Partial<HeldContainer> = {}): HeldContainer {
  return {
    Id: `id-of-${service}`,
    Name: `/${PROJECT}-${service}-1`,
    Config: {
      Image: `${service}:1`,
      Env: ['LEVEL=info', 'EMPTY='],
      Cmd: ['run'],
      Labels: { [COMPOSE_PROJECT]: PROJECT, [COMPOSE_SERVICE]: service },
    },
    HostConfig: {
      Memory: 100,
      MemorySwap: 200,
      NanoCpus: 300,
      Privileged: false,
      PortBindings: { '80/tcp': [{ HostPort: '8080' }] },
    },
    State: { Status: 'running', Pid: 1, Restarting: false, Health: { Status: 'healthy' } },
    RestartCount: 0,
    Mounts: [],
    NetworkSettings: { Networks: { [PROJECT]: {} } },
    files: new Map(),
    log: [],
    ...changes,
  }
}

/** A file of a container. */
export function kept(name: string, text: string, header: Partial<Kept['header']> = {}): Kept {
  return { header: { name, mode: 0o640, uid: 65_534, gid: 7, ...header }, text }
}

/** A container engine over a unix socket that keeps containers in memory: what is started is healthy at the second question. */
export async function containerEngine(...containers: HeldContainer[]): Promise<ContainerEngine> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'container-engine-'))
  const socket = path.join(directory, 'docker.sock')
  const engine: Omit<ContainerEngine, typeof Symbol.asyncDispose> = {
    socket,
    containers,
    did: [],
    answers: new Map(),
    refusals: [],
    ran: [],
    held(service) {
      const found = containers.find(({ Config }) => labelOf(Config) === service)
      if (found === undefined) throw new Error(`the test's engine has no ${service}`)
      return found
    },
  }
  const server = http.createServer((request, response) => {
    answer(engine, request)
      .then(({ status = 200, body }) => {
        const bytes = body === undefined || Buffer.isBuffer(body) ? body : JSON.stringify(body)
        const isStream = Buffer.isBuffer(body)
        response.writeHead(status, { 'content-type': isStream ? 'application/octet-stream' : 'application/json' })
        // As a real one: in pieces, and its end comes after them.
        if (isStream) response.write(bytes)
        setImmediate(() => response.end(isStream ? undefined : bytes))
      })
      .catch((error: unknown) => response.writeHead(500).end(JSON.stringify({ message: String(error) })))
  })
  server.listen(socket)
  await once(server, 'listening')
  return {
    ...engine,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

interface Answer {
  readonly status?: number
  readonly body?: unknown
}
type Keeping = Omit<ContainerEngine, typeof Symbol.asyncDispose>

async function answer(engine: Keeping, request: http.IncomingMessage): Promise<Answer> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://engine')
  const body = await buffer(request)
  const [, kind = '', id = '', verb = ''] = pathname.split('/').map(decodeURIComponent)
  const asked = `${request.method} ${kind}`
  if (asked === 'GET containers' && id === 'json') return { body: engine.containers.map(({ Id }) => ({ Id })) }
  if (asked === 'POST containers' && id === 'create')
    return created(engine, searchParams.get('name') ?? '', JSON.parse(String(body)))
  if (kind === 'networks') return networked(engine, id, verb, JSON.parse(String(body)))
  if (kind === 'exec') return ran(engine, id, verb)
  if (kind === 'build' || kind === 'images') return imaged(engine, asked, searchParams.get('t') ?? id, body)
  const container = engine.containers.find(({ Id }) => Id === id)
  if (container === undefined) return { status: 404, body: { message: `no such container: ${id}` } }
  const place = searchParams.get('path') ?? ''
  if (verb === 'archive') return request.method === 'PUT' ? unpacked(container, place, body) : packed(container, place)
  if (request.method === 'GET') return told(container, verb)
  if (verb === 'exec') return { status: 201, body: { Id: remember(engine, JSON.parse(String(body))) } }
  return changed(engine, container, `${request.method} ${verb}`, verb === 'update' ? JSON.parse(String(body)) : searchParams)
}

function told(container: HeldContainer, verb: string): Answer {
  const { Health } = container.State
  if (verb === 'logs') return { body: frame(1, container.log.join('\n')) }
  if (verb === 'stats') return { body: { memory_stats: { usage: 1_000, stats: { inactive_file: 400 } } } }
  if (verb === 'changes') {
    const isOwn = (place: string): boolean => !container.Mounts.some(({ Destination }) => place.startsWith(`${Destination}/`))
    return { body: [...container.files.keys()].filter(isOwn).map((Path) => ({ Path, Kind: 1 })) }
  }
  const body = structuredClone({ ...container, files: undefined })
  if (Health?.Status === 'starting') Health.Status = 'healthy'
  return { body }
}

/** What stands behind the verbs that change the state of a container. */
const STATES: Readonly<Record<string, string>> = {
  'POST stop': 'exited',
  'POST start': 'running',
  'POST restart': 'running',
  'POST pause': 'paused',
  'POST unpause': 'running',
}

function changed(engine: Keeping, container: HeldContainer, verb: string, given: unknown): Answer {
  const service = labelOf(container.Config)
  const Status = STATES[verb]
  engine.did.push(`${verb.split(' ')[1] || 'remove'} ${service}`)
  const refusal = verb === 'POST pause' ? engine.refusals.shift() : undefined
  if (refusal !== undefined) return { status: 500, body: { message: refusal } }
  if (Status !== undefined) container.State = { ...container.State, Status, Health: { Status: 'starting' } }
  if (Status === 'running' && container.Config.Cmd?.toString() === 'broken')
    return { status: 500, body: { message: 'it does not start' } }
  if (verb === 'POST update') Object.assign(container.HostConfig, given)
  if (verb === 'DELETE ') engine.containers.splice(engine.containers.indexOf(container), 1)
  return { status: 204 }
}

function created(engine: Keeping, name: string, made: Record<string, unknown>): Answer {
  const { HostConfig, NetworkingConfig, ...Config } = made
  const { EndpointsConfig } = NetworkingConfig as { EndpointsConfig: HeldContainer['NetworkSettings']['Networks'] }
  const Id = crypto.randomUUID()
  const { Mounts } = engine.containers.find(({ Name }) => Name === `/${name}`) ?? { Mounts: [] }
  const own = { Id, Name: `/${name}`, Config, HostConfig: HostConfig as Record<string, unknown>, Mounts }
  const State = { Status: 'created', Pid: 0, Restarting: false }
  engine.containers.push({
    ...heldContainer(''),
    ...own,
    State,
    NetworkSettings: { Networks: EndpointsConfig },
    files: new Map(),
  })
  engine.did.push(`create ${labelOf(Config)}`)
  return { status: 201, body: { Id } }
}

function networked(engine: Keeping, network: string, verb: string, given: Record<string, unknown>): Answer {
  const container = engine.containers.find(({ Id }) => Id === given.Container)
  if (container === undefined) return { status: 404, body: { message: 'no such container' } }
  engine.did.push(`${verb} ${labelOf(container.Config)}`)
  if (verb === 'disconnect') delete container.NetworkSettings.Networks[network]
  else container.NetworkSettings.Networks[network] = given.EndpointConfig as { Aliases: string[] }
  return {}
}

function remember(engine: Keeping, { Cmd, User }: { Cmd: string[]; User: string }): string {
  engine.ran.push({ argv: Cmd, user: User })
  return String(engine.ran.length - 1)
}

function ran({ ran, answers }: Keeping, id: string, verb: string): Answer {
  const { exitCode = 0, output = '' } = answers.get(ran[Number(id)]?.argv[0] ?? '') ?? {}
  return verb === 'json' ? { body: { ExitCode: exitCode } } : { body: frame(2, output) }
}

async function imaged(engine: Keeping, asked: string, name: string, context: Buffer): Promise<Answer> {
  const dockerfile = asked === 'POST build' ? (await filesOf(context))[0]?.text : name
  engine.did.push(`${asked === 'POST build' ? 'build' : 'remove image'} ${dockerfile}`)
  return { body: asked === 'POST build' ? { stream: 'Successfully built' } : [] }
}

async function packed({ files }: HeldContainer, place: string): Promise<Answer> {
  const archive = pack()
  const inside = [...files].filter(([file]) => file === place || file.startsWith(`${place}/`))
  if (inside.length === 0) return { status: 404, body: { message: `no such file: ${place}` } }
  for (const [file, { header, text }] of inside)
    archive.entry({ ...header, name: path.posix.relative(path.posix.dirname(place), file) }, text)
  archive.finalize()
  return { body: await buffer(archive) }
}

async function unpacked({ files }: HeldContainer, place: string, archive: Buffer): Promise<Answer> {
  for (const file of await filesOf(archive)) files.set(path.posix.join(place, file.header.name), file)
  return {}
}

async function filesOf(archive: Buffer): Promise<Kept[]> {
  const unpacking = extract()
  unpacking.end(archive)
  const files: Kept[] = []
  for await (const entry of unpacking) files.push({ header: entry.header, text: String(await buffer(entry)) })
  return files
}

function labelOf(config: Record<string, unknown>): string {
  return (config.Labels as Record<string, string> | undefined)?.[COMPOSE_SERVICE] ?? ''
}
