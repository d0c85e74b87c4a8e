import type { Recording } from './load-recording.ts'

/** What a connection's bookkeeping needs to know of the load around it. */
export interface Bookkeeping {
  readonly recording: Recording
  /** One request a second, due whether or not the one before was answered. */
  readonly paced: boolean
  /** The body of the answer that just ended. */
  readonly body: () => string
  /** The load is being ended from outside. */
  readonly stopped: () => boolean
}

/** Of autocannon's client, what is used here and missing in its types. */
interface Client {
  on(event: 'request' | 'timeout' | 'done', listener: () => void): unknown
  on(event: 'response', listener: (status: number) => void): unknown
  on(event: 'connError', listener: (error: Error) => void): unknown
  readonly parser: { initialize(type: 'RESPONSE'): void; execute(chunk: Buffer): unknown }
  readonly pipelinedRequests: { clear(): void }
}

/**
 * Books what becomes of each request of one connection, from the client's own events. autocannon's results are no use here:
 * when a connection is lost, its queue keeps the lost request, so that each later time is measured from a wrong start, its
 * parser takes the next connection's bytes for the rest of the old answer, and a connection that the server closes in the
 * middle of a request is counted nowhere.
 */
export function bookRequests(unknownClient: unknown, { recording, paced, body, stopped }: Bookkeeping): void {
  const client = clientOf(unknownClient)
  const startedAt = performance.now()
  let issued = 0
  let open: number | undefined
  let isLost = false

  client.on('request', () => {
    const now = performance.now()
    if (open !== undefined) lose()
    // At a fixed pace a request's time counts from when it was due, lest a slow answer hides the wait of those behind it.
    open = paced ? Math.min(now, startedAt + issued * 1_000) : now
    issued += 1
    recording.send()
  })
  client.on('response', (status) => {
    if (open !== undefined) recording.answer(open, status, body())
    open = undefined
  })
  client.on('timeout', () => {
    recording.fail('timeout', 'no answer in time')
    if (!isLost) open = undefined
    isLost = false
  })
  client.on('connError', (error) => {
    if (open !== undefined) recording.fail('connection', error.message)
    open = undefined
    forget()
  })
  client.on('done', () => {
    if (open === undefined) return
    if (stopped()) recording.fail('unanswered', 'no answer when the load ended')
    else lose()
    open = undefined
  })
  ignoreUncalledFor()

  /** The open request's connection is gone. Where that was a time-out, its event follows within the same turn. */
  function lose(): void {
    isLost = true
    forget()
    queueMicrotask(() => {
      if (isLost) recording.fail('dropped', 'the connection was closed without a whole answer')
      isLost = false
    })
  }

  function forget(): void {
    client.pipelinedRequests.clear()
    client.parser.initialize('RESPONSE')
  }

  /** An answer to nothing would make autocannon throw out of a socket's listener, and so end the process. */
  function ignoreUncalledFor(): void {
    const execute = client.parser.execute.bind(client.parser)
    client.parser.execute = (chunk) => (open === undefined ? undefined : execute(chunk))
  }
}

/** @throws Error where another version of autocannon is built otherwise: its numbers would be wrong without a sign. */
function clientOf(client: unknown): Client {
  const { parser, pipelinedRequests } = client as Partial<Client>
  if (typeof parser?.initialize === 'function' && typeof pipelinedRequests?.clear === 'function') return client as Client
  throw new Error('this autocannon has no parser and queue that can be reset; use the version in package.json')
}
