import { isIP, type Socket, connect as tcpConnect } from 'node:net'
import { type ConnectionOptions, type TLSSocket, connect as tlsConnect } from 'node:tls'

/** A TCP connection and how long its making took, in milliseconds. */
export interface Opened<S extends Socket> {
  readonly socket: S
  /** Absent where there was no name to resolve. */
  readonly dnsMs?: number
  readonly ms: number
}

/** Opens a TCP connection. Rejects with node's own error, or with the signal's reason; nothing stays open then. */
export async function openTcp(host: string, port: number, signal: AbortSignal): Promise<Opened<Socket>> {
  const startedAt = performance.now()
  let dnsMs: number | undefined
  const socket = tcpConnect({ host, port, noDelay: true })
  if (isIP(host) === 0) socket.once('lookup', () => (dnsMs = performance.now() - startedAt))
  await settled(socket, 'connect', signal)
  const ms = performance.now() - startedAt - (dnsMs ?? 0)
  return dnsMs === undefined ? { socket, ms } : { socket, dnsMs, ms }
}

/** Speaks TLS over an open connection. Rejects with OpenSSL's or node's own error; the connection is closed then. */
export async function openTls(
  socket: Socket,
  options: Omit<ConnectionOptions, 'socket'>,
  signal: AbortSignal,
): Promise<Opened<TLSSocket>> {
  const startedAt = performance.now()
  const secure = tlsConnect({ ...options, socket })
  try {
    await settled(secure, 'secureConnect', signal)
  } catch (error) {
    socket.destroy()
    throw error
  }
  return { socket: secure, ms: performance.now() - startedAt }
}

/** The name for TLS's server name indication: an address has none. */
export function serverName(host: string): { servername?: string } {
  return isIP(host.replace(/^\[|\]$/g, '')) === 0 ? { servername: host } : {}
}

/** Waits for the event that says the socket is usable; destroys it where an error, its end or the signal comes first. */
function settled(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (error?: unknown): void => {
      signal.removeEventListener('abort', onAbort)
      socket.off('error', finish).off('close', onClose).off(event, onReady)
      // An error between two listeners (or after the end) must not end the process; whoever reads next sees the broken socket.
      socket.on('error', ignoreLateError)
      if (error === undefined) resolve()
      else reject(error)
      if (error !== undefined) socket.destroy()
    }
    const onAbort = (): void => finish(signal.reason)
    const onReady = (): void => finish()
    const onClose = (): void => finish(Object.assign(new Error('closed before it was usable'), { code: 'ECONNRESET' }))
    socket.on('error', finish).on('close', onClose).on(event, onReady)
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
  })
}

function ignoreLateError(): undefined {
  return undefined
}
