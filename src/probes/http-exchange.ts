import type { Socket } from 'node:net'
import type { Client, Dispatcher } from 'undici'
import { parsedJson } from '../parsed-json.ts'
import type { HttpAnswer } from './http.ts'

/** Milliseconds. The phases are counted each by itself, the last two from the start of the request. */
export interface HttpTimings {
  readonly dnsMs?: number
  readonly connectMs: number
  readonly tlsMs?: number
  /** From sending the request until the answer's headers were read. */
  readonly firstByteMs: number
  /** From the start of the connection until the body was read. */
  readonly totalMs: number
}

/** A connection that is ready for a request, and what its making cost. */
export interface Opening {
  readonly socket: Socket
  readonly dnsMs?: number
  readonly connectMs: number
  readonly tlsMs?: number
  readonly remoteAddress: string
}

interface Request {
  readonly url: URL
  readonly method: string
  readonly headers: Record<string, string>
  readonly body: string | undefined
}

interface Bounds {
  readonly opening: Opening
  readonly signal: AbortSignal
  readonly maxBodyBytes: number
  /** Called when the answer's headers are there. */
  readonly onAnswer: () => void
}

/** Sends one request over the open connection, reads the answer up to the cap, and closes the connection. */
export async function exchange(
  HttpClient: typeof Client,
  { url, method, headers, body }: Request,
  bounds: Bounds,
): Promise<HttpAnswer> {
  const { opening, signal, maxBodyBytes, onAnswer } = bounds
  const { socket, remoteAddress, ...phases } = opening
  const client = new HttpClient(url.origin, {
    // Not at once: undici forgets a request whose connection is there before it has returned from asking for it.
    connect: (_options, callback) => queueMicrotask(() => callback(null, socket)),
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
  })
  try {
    const startedAt = performance.now()
    const answer = await client.request({
      path: `${url.pathname}${url.search}`,
      method: method as Dispatcher.HttpMethod,
      headers,
      signal,
      ...(body === undefined ? {} : { body }),
    })
    const firstByteMs = performance.now() - startedAt
    onAnswer()
    const kept = await capped(answer.body, maxBodyBytes)
    const spent = (phases.dnsMs ?? 0) + phases.connectMs + (phases.tlsMs ?? 0)
    return {
      status: answer.statusCode,
      headers: joined(answer.headers),
      ...kept,
      json: parsedJson(kept.body),
      timings: { ...phases, firstByteMs, totalMs: spent + performance.now() - startedAt },
      remoteAddress,
    }
  } finally {
    await client.destroy()
    socket.destroy()
  }
}

/** Reads at most so many bytes; the rest of the body is thrown away with the connection. */
async function capped(body: AsyncIterable<Buffer>, maxBytes: number): Promise<{ body: string; truncated: boolean }> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body) {
    chunks.push(chunk.subarray(0, maxBytes - length))
    length += chunk.length
    if (length > maxBytes) break
  }
  return { body: Buffer.concat(chunks).toString('utf8'), truncated: length > maxBytes }
}

function joined(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name.toLowerCase(), typeof value === 'string' ? value : value.join(', ')]],
  )
  return Object.fromEntries(entries)
}
