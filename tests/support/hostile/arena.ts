import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { type Listening, listening } from '../../probes/support/server.ts'

/** Where hostile servers of one case live; leaving it ends them all. */
export interface Arena extends AsyncDisposable {
  /** A server that does that to every connection. */
  serve(attack: (socket: Socket) => void): Promise<Listening>
  /** The same behind TLS. */
  serveTls(options: TlsOptions, attack: (socket: Socket) => void): Promise<Listening>
  use<T extends AsyncDisposable>(resource: T): T
}

export function arena(): Arena {
  const opened = new AsyncDisposableStack()
  return {
    use: (resource) => opened.use(resource),
    serve: async (attack) => opened.use(await listening(createServer(attack))),
    serveTls: async (options, attack) => opened.use(await listening(createTlsServer(options, attack))),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** Sends the same bytes again and again for as long as the other side takes them. */
export function endless(socket: Socket, chunk: string | Buffer): void {
  const bytes = Buffer.concat(Array<Buffer>(Math.ceil(65_536 / Math.max(1, chunk.length))).fill(Buffer.from(chunk)))
  const more = (): void => {
    if (socket.destroyed) return
    if (socket.write(bytes)) setImmediate(more)
    else socket.once('drain', more)
  }
  more()
}

/** Sends a byte now and then, so that no time-out between two bytes ever ends it. */
export function dripping(socket: Socket, text: string): void {
  let at = 0
  const timer = setInterval(() => {
    socket.write(text.charAt(at % text.length))
    at += 1
  }, 10)
  socket.once('close', () => clearInterval(timer))
}

/** Answers the first bytes that come, whatever they are. */
export function onceAsked(answer: (socket: Socket, asked: Buffer) => void): (socket: Socket) => void {
  return (socket) => {
    socket.on('error', () => socket.destroy())
    socket.once('data', (asked: Buffer) => {
      socket.resume()
      answer(socket, asked)
    })
  }
}

/** Answers with these bytes and hangs up. */
export function answer(bytes: string | Buffer): (socket: Socket) => void {
  return onceAsked((socket) => socket.end(bytes))
}
