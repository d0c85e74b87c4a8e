import { Resolver } from 'node:dns/promises'
import { readFileSync } from 'node:fs'
import { connect as connectTo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { openTcp, openTls, serverName } from '../../probes/connection.ts'
import { connectionFailure, type Phase, timeoutFailure } from '../../probes/connection-error.ts'
import type { TargetSpec } from '../../targets/schema.ts'
import type { Endpoint } from './endpoints.ts'
import type { Finding } from './finding.ts'

const DEADLINE_MS = 5_000
/** The near end of a forward takes every connection; where the far end refuses, it is closed again within this time. */
const SETTLE_MS = 700

/** Connects once, sends nothing that asks for anything, and hangs up. Never throws. */
export async function connectOnce(endpoint: Endpoint, spec: TargetSpec, signal: AbortSignal): Promise<Finding> {
  const { part } = endpoint
  const carrier = spec.forwarded[keyOf(endpoint)]
  const address = carrier === undefined ? endpoint.address : `${carrier.inner} via ${carrier.destination}`
  if (carrier?.failed !== undefined)
    return { part, address, state: 'unreachable', detail: `no connection to ${carrier.destination}`, todo: [] }
  const limit = AbortSignal.timeout(DEADLINE_MS)
  let phase: Phase = 'connect'
  try {
    const detail = await attempt(endpoint, spec, AbortSignal.any([signal, limit]), (reached) => {
      phase = reached
    })
    return { part, address, state: 'reached', detail, todo: [] }
  } catch (error) {
    const tried = `connecting to ${address}`
    const failure = limit.aborted
      ? timeoutFailure(address, tried, DEADLINE_MS, phase)
      : connectionFailure(address, tried, error, phase)
    const [detail = '', ...todo] = failure.message.replace(`${tried}: `, '').split(/; (?=[^;]*$)/)
    return { part, address, state: 'unreachable', detail, todo }
  }
}

/** By what a forward knows its near end. */
function keyOf({ connect, address }: Endpoint): string {
  if (connect.how === 'tcp') return `${connect.host}:${connect.port}`
  return connect.how === 'socket' ? connect.path : address
}

async function attempt(
  { connect }: Endpoint,
  spec: TargetSpec,
  signal: AbortSignal,
  onPhase: (phase: Phase) => void,
): Promise<string> {
  switch (connect.how) {
    case 'tcp':
      return tcp(connect.host, connect.port, signal)
    case 'tls':
      return tls(connect, spec, signal, onPhase)
    case 'socket':
      return unixSocket(connect.path, signal)
    case 'dns':
      return nameServer(connect)
  }
}

async function tcp(host: string, port: number, signal: AbortSignal): Promise<string> {
  const { socket, ms } = await openTcp(host, port, signal)
  try {
    let isClosed = false
    socket.once('close', () => {
      isClosed = true
    })
    socket.resume()
    if (host === '127.0.0.1') await delay(SETTLE_MS, undefined, { signal })
    if (isClosed) throw Object.assign(new Error('it was closed at once'), { code: 'ECONNREFUSED' })
    return `connected in ${Math.round(ms)} ms`
  } finally {
    socket.destroy()
  }
}

/** The certificate is the runbook's affair: here it is only said whether it is trusted. */
async function tls(
  { host, port, name }: { readonly host: string; readonly port: number; readonly name: string },
  { tls: { ca } }: TargetSpec,
  signal: AbortSignal,
  onPhase: (phase: Phase) => void,
): Promise<string> {
  const { socket } = await openTcp(host, port, signal)
  onPhase('handshake')
  const trusted = ca === undefined ? {} : { ca: readFileSync(ca) }
  const { socket: secure } = await openTls(socket, { ...trusted, ...serverName(name), rejectUnauthorized: false }, signal)
  const trust = secure.authorized ? 'trusted' : `not trusted (${secure.authorizationError?.message ?? 'unknown'})`
  const protocol = secure.getProtocol() ?? 'TLS'
  secure.destroy()
  return `${protocol}, certificate ${trust}`
}

async function unixSocket(path: string, signal: AbortSignal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const socket = connectTo({ path, signal })
  socket.once('connect', resolve).once('error', reject)
  try {
    await promise
    return 'connected'
  } finally {
    socket.destroy()
  }
}

async function nameServer({ server, name }: { readonly server: string; readonly name: string }): Promise<string> {
  const resolver = new Resolver({ timeout: DEADLINE_MS - 1_000, tries: 1 })
  resolver.setServers([server])
  try {
    return `${name} is ${(await resolver.resolve4(name)).join(', ')}`
  } catch (error) {
    // An answer that says no is an answer.
    if (error instanceof Error && 'code' in error && ['ENOTFOUND', 'ENODATA'].includes(String(error.code)))
      return `answers, and knows no address of ${name}`
    throw error
  }
}
