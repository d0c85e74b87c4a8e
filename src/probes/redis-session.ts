import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Socket } from 'node:net'
import { Unobserved } from '../outcome.ts'
import type { Session } from '../probe.ts'
import type { RedisSpec } from '../targets/schema.ts'
import { clientTls } from './client-tls.ts'
import { connectionFailure, timeoutFailure } from './connection-error.ts'
import { deadline } from './deadline.ts'
import { raced } from './raced.ts'
import { joinHostPort } from './reproduce.ts'
import { tame } from './tame.ts'

/** What the probes use of the client: one command as words, its reply as the server typed it. */
export interface RedisConnection {
  /** Settles once the server let us in, with its own error or node's where it did not. */
  readonly ready: Promise<unknown>
  /** True once somebody took the connection, whether or not he let us in. */
  isConnected(): boolean
  sendCommand(words: readonly string[]): Promise<unknown>
  destroy(): void
}

/** An error that the server itself replied, by its first word: NOAUTH, WRONGPASS, NOPERM, LOADING, MISCONF … */
export interface RedisError {
  readonly code: string
  readonly message: string
}

/** Where a Redis is, as `host:port`. */
export function redisAddress(spec: RedisSpec): string {
  return joinHostPort(spec.host, spec.port)
}

/** The server's own error, or undefined where the connection broke instead. */
export function redisErrorOf(error: unknown): RedisError | undefined {
  if (!(error instanceof Error)) return undefined
  const code = /^([A-Z][A-Z0-9]+) /.exec(error.message)?.[1]
  return code === undefined || 'errno' in error ? undefined : { code, message: error.message }
}

interface Opening {
  readonly name?: string
  readonly password?: string
}

/** Of the target file: where it is, as whom, and how TLS is spoken. */
export type Connecting = Pick<RedisSpec, 'host' | 'port'> & Partial<Omit<RedisSpec, 'password'>>

/** Begins a connection that never reconnects by itself; it can be destroyed before it is ready. */
export async function openRedis(spec: Connecting, { name, password }: Opening, deadlineMs: number): Promise<RedisConnection> {
  const { createClient } = await import('@redis/client')
  const client = createClient({
    socket: {
      ...(spec.tls === true && { ...(await clientTls(spec)), tls: true }),
      ...{ host: spec.host, port: spec.port, connectTimeout: deadlineMs, reconnectStrategy: false },
    },
    // RESP 2 needs no HELLO, which a server without a password given would refuse before the question is asked.
    RESP: 2,
    disableClientInfo: true,
    disableOfflineQueue: true,
    ...(password === undefined ? {} : { password, ...(spec.user !== undefined && { username: spec.user }) }),
    ...(name === undefined ? {} : { name }),
  })
  // Whatever breaks is told by the command or by `ready`, to whoever waits for it.
  client.on('error', toldElsewhere)
  let isConnected = false
  client.once('connect', () => (isConnected = true))
  const ready = guarded(() => client.connect())
  ready.catch(toldElsewhere)
  return {
    ready,
    isConnected: () => isConnected,
    sendCommand: (words) => client.sendCommand([...words]),
    destroy: () => {
      if (client.isOpen) client.destroy()
    },
  }
}

/** Connects, and tames the socket, which the client keeps to itself: node tells of every socket when it is made. */
function guarded<T>(connect: () => Promise<T>): Promise<T> {
  const onSocket = (message: unknown): void => {
    if (typeof message === 'object' && message !== null && 'socket' in message && message.socket instanceof Socket)
      tame(message.socket)
  }
  subscribe('net.client.socket', onSocket)
  try {
    return connect()
  } finally {
    unsubscribe('net.client.socket', onSocket)
  }
}

/** Where a run keeps its connection, once it has one. */
async function holder(): Promise<{ current?: Promise<RedisConnection> }> {
  return {}
}

function toldElsewhere(): undefined {
  return undefined
}

/**
 * Asks over the run's own connection, named after the run.
 * @throws Unobserved with what Redis said where it let nobody in, Unreachable where no connection came about.
 */
export async function overRedis<T>(
  session: Session,
  spec: RedisSpec,
  deadlineMs: number,
  ask: (connection: RedisConnection) => Promise<T>,
): Promise<T> {
  using limit = deadline(session, deadlineMs)
  const address = redisAddress(spec)
  const password = session.secret('redis.password')
  const tried = `a session at Redis ${address}`
  const held = await session.keep(`redis:${address}`, holder, async ({ current }) => (await current)?.destroy())
  held.current ??= openRedis(spec, { name: `runbook/${session.runId}`, password }, deadlineMs)
  const opening = held.current
  const connection = await opening
  try {
    await raced(connection.ready, limit.signal)
    return await raced(ask(connection), limit.signal)
  } catch (error) {
    const refusal = redisErrorOf(error)
    if (refusal !== undefined) throw refused(address, refusal)
    // A connection that broke is not mended; whoever asks next gets a new one.
    connection.destroy()
    if (held.current === opening) delete held.current
    const phase = connection.isConnected() ? 'request' : 'connect'
    throw limit.expired() ? timeoutFailure(address, tried, deadlineMs, phase) : connectionFailure(address, tried, error, phase)
  }
}

function refused(address: string, { code, message }: RedisError): Unobserved {
  const advice: Readonly<Record<string, string>> = {
    NOPERM: 'let the role run it: ACL SETUSER <role> +@read +info +config|get +latency',
    WRONGPASS: 'correct redis.password in the target file',
    NOAUTH: 'give redis.password in the target file',
    LOADING: 'wait until it has loaded its data',
  }
  const text = `Redis at ${address} answered: ${message}; ${advice[code] ?? 'run the reproduce line by hand'}`
  return new Unobserved({ id: `redis:${code}:${address}`, text })
}
