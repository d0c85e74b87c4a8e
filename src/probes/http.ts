import { createHash } from 'node:crypto'
import type { Effect } from '../effect.ts'
import type { Probe, Session } from '../probe.ts'
import { loadAuthority } from './authority.ts'
import { openTcp, openTls, serverName } from './connection.ts'
import { connectionFailure, type Phase, timeoutFailure } from './connection-error.ts'
import { deadline, GRACE_MS } from './deadline.ts'
import { exchange, type HttpTimings, type Opening } from './http-exchange.ts'
import { authorization, type KeyScheme, reproduceHttp } from './http-request.ts'
import { joinHostPort, splitHostPort } from './reproduce.ts'

export interface HttpOptions {
  /** The part of the target that answers, such as `hook-receiver`. */
  readonly system: string
  /** Base address; `path` is resolved against it. */
  readonly url: string | URL
  readonly path?: string
  /** GET by default. GET and HEAD read; any other method needs `effect`. */
  readonly method?: 'GET' | 'HEAD' | 'OPTIONS' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'TRACE'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Name of the secret that authenticates the request. */
  readonly apiKey?: string
  /** How it is sent: `Authorization: Bearer` by default. */
  readonly scheme?: KeyScheme
  /** The account that goes with a Basic scheme. */
  readonly user?: string
  /** `host:port` to connect to, while name and certificate stay those of the URL. */
  readonly connectTo?: string
  /** PEM text or path of the CA to trust instead of the system's. */
  readonly ca?: string
  readonly effect?: Effect
  /** Whole request, milliseconds; 10,000 by default. */
  readonly deadlineMs?: number
  /** What is kept of the body; 1 MiB by default, the rest is not read. */
  readonly maxBodyBytes?: number
}

export interface HttpAnswer {
  readonly status: number
  /** Names in lower case; repeated headers joined by a comma. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** The body was longer than what was kept. */
  readonly truncated: boolean
  /** The parsed body; undefined where it is not JSON. */
  readonly json: unknown
  readonly timings: HttpTimings
  readonly remoteAddress: string
}

const DEADLINE_MS = 10_000
const MAX_BODY_BYTES = 1024 * 1024
const READING_METHODS: readonly string[] = ['GET', 'HEAD']
const WRITING_EFFECTS: readonly Effect[] = ['synthetic-write', 'load', 'drill']

/**
 * One HTTP request over a connection of its own; a redirect is an answer like any other and is not followed.
 * Bounded in time and memory whatever the server does: headers 16 KiB, body capped, nothing is decompressed.
 * @throws TypeError where a method that writes is not declared with an effect that writes
 */
export function http(options: HttpOptions): Probe<HttpAnswer> {
  const method = options.method ?? 'GET'
  const effect = options.effect ?? 'read'
  if (!READING_METHODS.includes(method) && !WRITING_EFFECTS.includes(effect))
    throw new TypeError(`${method} ${options.url} must declare the effect synthetic-write or load, not ${effect}`)
  const url = new URL(options.path ?? '', options.url)
  const limit = options.deadlineMs ?? DEADLINE_MS
  return {
    kind: 'http',
    access: {
      system: options.system,
      address: joinHostPort(url.hostname, portOf(url)),
      operation: `${method} ${url.pathname}${url.search}`,
      effect,
      reproduce: reproduceHttp(url, method, options, limit),
    },
    deadlineMs: limit + GRACE_MS,
    variant: variantOf(url, options),
    read: (session) => request(url, method, options, limit, session),
  }
}

async function request(url: URL, method: string, options: HttpOptions, limit: number, session: Session) {
  const headers = { 'accept-encoding': 'identity', ...options.headers, ...authorization(options, session) }
  // Loaded before there is a connection, so that no time passes between connection and request.
  const { Client } = await import('undici')
  using bound = deadline(session, limit)
  let phase: Phase = 'connect'
  const address = options.connectTo ?? joinHostPort(url.hostname, portOf(url))
  try {
    const opening = await open(url, options, bound.signal, (reached) => (phase = reached))
    const answer = await exchange(
      Client,
      { url, method, headers: { ...headers, 'user-agent': `runbook/${session.runId}` }, body: options.body },
      { opening, signal: bound.signal, maxBodyBytes: options.maxBodyBytes ?? MAX_BODY_BYTES, onAnswer: () => (phase = 'answer') },
    )
    return { value: answer, raw: rawOf(answer) }
  } catch (error) {
    const failedAt = phase === 'connect' ? address : joinHostPort(url.hostname, portOf(url))
    const tried = `${method} ${url.href}${options.connectTo === undefined ? '' : ` at ${options.connectTo}`}`
    if (bound.expired()) throw timeoutFailure(failedAt, tried, limit, phase)
    session.signal.throwIfAborted()
    throw connectionFailure(failedAt, tried, error, phase)
  }
}

/** Opens the connection, with TLS where the URL says so. */
async function open(url: URL, options: HttpOptions, signal: AbortSignal, reach: (phase: Phase) => void): Promise<Opening> {
  const { host, port } = splitHostPort(options.connectTo ?? joinHostPort(bare(url.hostname), portOf(url)))
  const ca = options.ca === undefined || url.protocol !== 'https:' ? {} : { ca: await loadAuthority(options.ca) }
  const tcp = await openTcp(host, port, signal)
  const opened = { connectMs: tcp.ms, ...(tcp.dnsMs === undefined ? {} : { dnsMs: tcp.dnsMs }) }
  const remoteAddress = joinHostPort(tcp.socket.remoteAddress ?? host, port)
  if (url.protocol !== 'https:') {
    reach('request')
    return { socket: tcp.socket, ...opened, remoteAddress }
  }
  reach('handshake')
  const tlsOptions = { ...serverName(url.hostname), host: bare(url.hostname), ALPNProtocols: ['http/1.1'], ...ca }
  const tls = await openTls(tcp.socket, tlsOptions, signal)
  reach('request')
  return { socket: tls.socket, ...opened, tlsMs: tls.ms, remoteAddress }
}

function portOf(url: URL): number {
  return Number(url.port || (url.protocol === 'https:' ? 443 : 80))
}

/** A URL's host name without the brackets of an IPv6 address. */
function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '')
}

function variantOf(url: URL, { headers, body, apiKey, scheme, user, connectTo, ca, maxBodyBytes }: HttpOptions): string {
  const parts = [url.protocol, headers, body, apiKey, scheme, user, connectTo, ca, maxBodyBytes]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 16)
}

function rawOf({ status, headers, body, truncated }: HttpAnswer): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return [`HTTP ${status}`, ...lines, '', truncated ? `${body}\n[cut after ${body.length} characters]` : body].join('\n')
}
