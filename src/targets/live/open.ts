import { mkdtemp } from 'node:fs/promises'
import { hostAddress } from '../../host/open.ts'
import { type Forward, type Master, openForwards, openMaster } from '../../host/ssh.ts'
import { Unreachable } from '../../outcome.ts'
import type { Watchdog } from '../../watchdog/index.ts'
import { freePort } from '../free-port.ts'
import type { Forwarded, HostSpec, TargetSpec } from '../schema.ts'
import type { Started } from '../started.ts'
import { type Inner, innerAddresses, withNearEnds } from './reach.ts'

export interface LiveOptions {
  readonly spec: TargetSpec
  readonly secrets: Readonly<Record<string, string>>
  /** The run's own, removed by whoever made it. */
  readonly directory: string
  readonly watchdog: Watchdog
  readonly signal: AbortSignal
}

/** A socket's path may have 104 bytes; its own name and what ssh adds for a moment take the rest. */
const LONGEST_DIRECTORY = 76
/** Between choosing a free port and binding it, another process may take it. */
const PORT_ATTEMPTS = 5

type Connection = { readonly master: Master } | { readonly failed: string }

/**
 * Connects once to each host that is reached over ssh, whatever number of roles it plays, and opens all forwards to inner
 * addresses over those connections. A host that cannot be reached harms no other: its lines are unobserved with the cause.
 */
export async function openLive(options: LiveOptions): Promise<Started> {
  const { spec, secrets } = options
  const wanted = innerAddresses(spec)
  const connections = await connect(options)
  const stop = async (): Promise<void> => {
    await Promise.all([...connections.values()].map((one) => ('master' in one ? one.master.close() : undefined)))
  }
  try {
    const forwarded = await forward(options, wanted, connections)
    return {
      spec: described(spec, connections, forwarded),
      secrets,
      parts: [],
      release: {},
      notes: [],
      hosts: Object.entries(spec.hosts).map(([role, host]) => reached(role, host, connections)),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function connect({ spec, ...options }: LiveOptions): Promise<Map<string, Connection>> {
  const directory = await socketDirectory(options)
  const hosts = new Map(Object.values(spec.hosts).flatMap((host) => (host.shell === 'ssh' ? [[keyOf(host), host] as const] : [])))
  return new Map(
    await Promise.all(
      [...hosts].map(async ([key, { address, sshConfig }]) => {
        const opened = openMaster({ ...options, directory, destination: address, sshConfig })
        return [key, await opened.then((master) => ({ master }), failed)] as const
      }),
    ),
  )
}

/** The run's own directory; where its name is too long for a socket, a short one that goes with the run as well. */
export async function socketDirectory({ directory, watchdog }: Pick<LiveOptions, 'directory' | 'watchdog'>): Promise<string> {
  if (directory.length <= LONGEST_DIRECTORY) return directory
  const short = await mkdtemp('/tmp/rb-')
  watchdog.guardDirectory(short)
  return short
}

function failed(error: unknown): Connection {
  if (error instanceof Unreachable) return { failed: error.rootCause.text }
  throw error
}

/** Roles of one machine share its connection, whatever tree they are read from. */
function keyOf(host: HostSpec): string {
  return hostAddress({ ...host, root: '' })
}

interface Opened extends Forward, Inner {
  readonly carrier: Forwarded[string]
}

async function forward(
  { spec }: LiveOptions,
  wanted: readonly Inner[],
  connections: ReadonlyMap<string, Connection>,
): Promise<Opened[]> {
  const through = Map.groupBy(wanted, ({ role }) => hostOf(spec, role).key)
  const opened = await Promise.all(
    [...through].map(([key, inner]) => {
      const { address } = hostOf(spec, inner[0]?.role ?? '')
      const connection = connections.get(key)
      if (connection === undefined) throw new Error(`no connection to ${address}`)
      return 'failed' in connection ? unopened(address, inner, connection.failed) : openAll(connection.master, address, inner)
    }),
  )
  return opened.flat()
}

function hostOf({ hosts }: TargetSpec, role: string): { readonly key: string; readonly address: string } {
  const host = hosts[role]
  if (host === undefined) throw new Error(`there is no host ${role}`)
  return { key: keyOf(host), address: host.address }
}

async function openAll(master: Master, destination: string, inner: readonly Inner[]): Promise<Opened[]> {
  const { control } = master
  for (let attempt = 1; ; attempt += 1) {
    const opened = await Promise.all(
      inner.map(async (one, index) => ({
        ...one,
        local: isSocket(one) ? `${control}-${attempt}${index}` : `127.0.0.1:${await freePort()}`,
        carrier: { inner: one.inner, destination, control },
      })),
    )
    try {
      await openForwards(control, destination, opened)
      return opened
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error
      if (attempt === PORT_ATTEMPTS) return unopened(destination, inner, error.rootCause.text)
    }
  }
}

/** Ends that lead nowhere (an address reserved for documentation): the observer refuses them before anything is sent. */
function unopened(destination: string, inner: readonly Inner[], failed: string): Opened[] {
  return inner.map((one, index) => ({
    ...one,
    local: isSocket(one) ? `/nonexistent/${destination}/${index}` : `192.0.2.1:${index + 1}`,
    carrier: { inner: one.inner, destination, failed },
  }))
}

function isSocket({ inner }: Inner): boolean {
  return inner.startsWith('/')
}

function described(spec: TargetSpec, connections: ReadonlyMap<string, Connection>, opened: readonly Opened[]): TargetSpec {
  const forwarded: Forwarded = Object.fromEntries(opened.map(({ local, carrier }) => [local, carrier]))
  const near = withNearEnds(spec, ({ role, inner }) => opened.find((one) => one.role === role && one.inner === inner)?.local)
  const hosts = Object.entries(spec.hosts).map(([role, host]) => [role, connected(host, connections.get(keyOf(host)))] as const)
  return { ...near, hosts: Object.fromEntries(hosts), forwarded }
}

function connected(host: HostSpec, connection: Connection | undefined): HostSpec {
  if (connection === undefined) return host
  return { ...host, connection: 'failed' in connection ? connection : { control: connection.master.control } }
}

function reached(role: string, host: HostSpec, connections: ReadonlyMap<string, Connection>) {
  const connection = connections.get(keyOf(host))
  if (connection === undefined) return { role, account: `${host.shell} ${host.address}`, hostKey: '' }
  if ('failed' in connection) return { role, account: `ssh ${host.address}: not reached`, hostKey: '' }
  const { account, hostKey } = connection.master
  return { role, account: `ssh ${host.address}: ${account}`, hostKey }
}
