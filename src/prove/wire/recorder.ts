import { once } from 'node:events'
import { createConnection, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net'
import { type SecureContext, type TLSSocket, connect as tlsConnect, createServer as tlsServer } from 'node:tls'
import type { Asked, OpenWire } from './wire.ts'

/** Where something listens: host and port, or the path of a socket. */
export type Place = { readonly host: string; readonly port: number } | { readonly path: string }

export interface RecorderOptions {
  /** What it stands before, such as `postgres`. */
  readonly system: string
  readonly upstream: Place
  readonly wire: OpenWire
  /** Path of the socket to listen on; a free port of loopback where absent. */
  readonly socket?: string
  /** Ends TLS here with these certificates, by the name asked for, and begins it anew towards the upstream. */
  readonly contextFor?: (name: string) => SecureContext | undefined
}

/** A proxy that hands on every byte and keeps what was asked. */
export interface Recorder extends AsyncDisposable {
  readonly system: string
  readonly place: Place
  readonly asked: readonly Asked[]
  connections(): number
}

/** Starts one on loopback. */
export async function startRecorder(options: RecorderOptions): Promise<Recorder> {
  const { system, socket, wire } = options
  const asked: Asked[] = []
  const open = new Set<Socket>()
  let connections = 0
  const serve = (near: Socket): void => {
    connections += 1
    const far = connectTo(options, near)
    for (const end of [near, far]) {
      open.add(end)
      end.once('close', () => open.delete(end))
    }
    carry(near, far, wire, (one) => asked.push(one))
  }
  const server = listener(options, serve)
  server.listen(socket ?? { host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  return {
    system,
    place: placeOf(server),
    asked,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const end of open) end.destroy()
      await closed
    },
  }
}

function listener({ contextFor }: RecorderOptions, serve: (near: Socket) => void): Server {
  if (contextFor === undefined) return createServer(serve)
  const server = tlsServer({
    SNICallback(name, done) {
      const context = contextFor(name)
      if (context === undefined) done(new Error(`no certificate for ${name}`))
      else done(null, context)
    },
  })
  // A handshake that the client gives up, or that we refuse as the upstream would, asks for nothing.
  server.on('tlsClientError', (_error, near: TLSSocket) => near.destroy())
  return server.on('secureConnection', serve)
}

function connectTo({ upstream, contextFor }: RecorderOptions, near: Socket): Socket {
  const to: NetConnectOpts = { ...upstream, allowHalfOpen: true }
  if (contextFor === undefined) return createConnection(to)
  const servername = 'servername' in near && typeof near.servername === 'string' ? near.servername : ''
  // What the upstream presents was judged on a connection of its own; here its bytes are only carried.
  return tlsConnect({ ...upstream, servername, rejectUnauthorized: false })
}

function carry(near: Socket, far: Socket, wire: OpenWire, record: (asked: Asked) => void): void {
  const understood = wire(record)
  let isLost = false
  near.on('data', (chunk: Buffer) => {
    far.write(chunk)
    if (isLost) return
    try {
      understood.read(chunk)
    } catch (error) {
      // What is not understood counts as a change; the bytes go on all the same.
      isLost = true
      record({ what: `not understood: ${error instanceof Error ? error.message : String(error)}`, isReading: false })
    }
  })
  far.on('data', (chunk: Buffer) => void near.write(chunk))
  near.on('end', () => {
    understood.end()
    far.end()
  })
  far.on('end', () => near.end())
  near.on('error', () => far.destroy())
  far.on('error', () => near.destroy())
  near.on('close', () => far.destroy())
  far.on('close', () => near.destroy())
}

function placeOf(server: Server): Place {
  const address = server.address()
  if (typeof address === 'string') return { path: address }
  if (address === null) throw new Error('the recorder does not listen')
  return { host: '127.0.0.1', port: address.port }
}
