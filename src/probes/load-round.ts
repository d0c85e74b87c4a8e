import type autocannon from 'autocannon'
import { bookRequests } from './load-client.ts'
import type { Recording } from './load-recording.ts'

/** One volley: a fixed number of requests over a fixed number of connections, each connection sending its next on the answer. */
export interface LoadRound {
  /** Where to connect and what to ask there. */
  readonly url: string
  /** The name for TLS and the Host header, where `url` was changed to connect elsewhere. */
  readonly host: string
  readonly serverName: string | undefined
  readonly ca: string | undefined
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  /** One for each request, or none at all. */
  readonly bodies: readonly string[]
  readonly connections: number
  readonly amount: number
  /** Each connection sends one request a second and not its next on the answer. */
  readonly paced: boolean
  readonly timeoutMs: number
}

/** autocannon only looks at its own end at this interval, in milliseconds. */
const TICK_MS = 20

/** Runs one volley into the recording; ends early when the signal aborts. */
export async function runRound(round: LoadRound, recording: Recording, signal: AbortSignal): Promise<void> {
  const { default: start } = await import('autocannon')
  const { url, method, headers, connections, amount, bodies } = round
  let answer = ''
  let next = 0
  // The types take it for a promise alone.
  const instance: PromiseLike<unknown> & { readonly stop?: () => void } = start({
    url,
    method,
    connections,
    amount,
    timeout: Math.max(1, round.timeoutMs / 1_000),
    sampleInt: TICK_MS,
    skipAggregateResult: true,
    headers: { ...headers, host: round.host },
    ...(round.paced ? { connectionRate: 1 } : {}),
    ...(round.serverName === undefined ? {} : { servername: round.serverName }),
    ...(round.ca === undefined ? {} : { tlsOptions: { ca: round.ca } }),
    requests: [
      {
        ...(bodies.length === 0
          ? {}
          : { setupRequest: (request: autocannon.Request) => ({ ...request, body: bodies[next++ % bodies.length] }) }),
        // Called just before the client's own 'response' event, which lacks the body.
        onResponse: (_status: number, text: string) => {
          answer = text
        },
      },
    ],
    setupClient: (client) =>
      bookRequests(client, { recording, paced: round.paced, body: () => answer, stopped: () => signal.aborted }),
  })
  const stop = (): void => {
    instance.stop?.()
  }
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    await instance
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
