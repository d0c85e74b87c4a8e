import { createServer, type IncomingMessage } from 'node:http'
import { Duplex } from 'node:stream'
import type { OpenWire } from './wire.ts'

const READING = ['GET', 'HEAD']

/**
 * HTTP, as any server would understand it: node's own parser reads a copy of what the client sent, and its answers go nowhere.
 * GET and HEAD without a body read.
 */
export const httpWire: OpenWire = (record) => {
  const tell = ({ method = '', url = '', headers }: IncomingMessage): void => {
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
    record({ what: `${method} ${pathOf(url)}${hasBody ? ' with a body' : ''}`, isReading: READING.includes(method) && !hasBody })
  }
  const server = createServer({ requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0 }, (request, response) => {
    tell(request)
    request.resume()
    response.end()
  })
  const copy = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() })
  for (const event of ['connect', 'upgrade'] as const)
    server.on(event, (request: IncomingMessage) =>
      record({ what: `${request.method} ${pathOf(request.url ?? '')} (${event})`, isReading: false }),
    )
  server.on('clientError', (error, socket) => {
    // A connection that ends between two requests, or in the middle of one, has asked for nothing more.
    if (!socket.destroyed && !copy.readableEnded) record({ what: `not understood: ${error.message}`, isReading: false })
    socket.destroy()
  })
  copy.on('error', () => copy.destroy())
  server.emit('connection', copy)
  return {
    read: (chunk) => void copy.push(chunk),
    end: () => void copy.push(null),
  }
}

function pathOf(url: string): string {
  return url.split('?')[0] ?? ''
}
