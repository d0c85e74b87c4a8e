import { Unreachable } from '../outcome.ts'
import type { Session } from '../probe.ts'
import { openTcp, openTls, serverName } from './connection.ts'
import { connectionFailure, type Phase, timeoutFailure } from './connection-error.ts'
import { deadline } from './deadline.ts'
import { joinHostPort, splitHostPort } from './reproduce.ts'

/** How long a connection may take, in milliseconds. */
export const CONNECT_MS = 5_000

/** One connection beforehand, with certificate and name verified. @throws Unreachable where none comes about. */
export async function knock(session: Session, url: URL, connectTo: string | undefined, ca: string | undefined): Promise<void> {
  const { host, port } = splitHostPort(connectTo ?? addressOf(url))
  const tried = `a connection to ${url.origin}${connectTo === undefined ? '' : ` at ${connectTo}`}`
  using bound = deadline(session, CONNECT_MS)
  let phase: Phase = 'connect'
  try {
    const { socket } = await openTcp(host, port, bound.signal)
    if (url.protocol !== 'https:') return void socket.destroy()
    phase = 'handshake'
    const authority = ca === undefined ? {} : { ca }
    const tls = await openTls(socket, { ...serverName(url.hostname), host: url.hostname, ...authority }, bound.signal)
    tls.socket.destroy()
  } catch (error) {
    if (bound.expired()) throw timeoutFailure(addressOf(url), tried, CONNECT_MS, phase)
    session.signal.throwIfAborted()
    throw error instanceof Unreachable ? error : connectionFailure(addressOf(url), tried, error, phase)
  }
}

/** Where a URL is, as `host:port`. */
export function addressOf(url: URL): string {
  return joinHostPort(url.hostname, Number(url.port || (url.protocol === 'https:' ? 443 : 80)))
}
