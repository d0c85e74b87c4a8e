import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { Unreachable } from '../../src/outcome.ts'
import { type LoadOptions, type LoadResult, load } from '../../src/probes/load.ts'
import { createAuthority } from '../../src/targets/disposable/certificates.ts'
import { testSession } from '../support/session.ts'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function listening(server: Server | TlsServer | ReturnType<typeof createTcpServer>): Promise<string> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
  })
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await promise
  closers.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((closed) => server.close(closed))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const serve = (listener: RequestListener) => listening(createServer(listener))
const raw = (onConnection: (socket: Socket) => void) => listening(createTcpServer(onConnection))

async function put(url: string, options: Partial<LoadOptions> = {}): Promise<LoadResult> {
  const profile = { amount: 20, connections: 4 }
  const probe = load({ system: 'server', url, path: '/hooks', profile, timeoutMs: 1_000, ...options })
  expect(probe.access.effect).toBe('load')
  const session = testSession({ apiKey: 'hunter2' })
  closers.push(() => session.close())
  return (await probe.read(session)).value
}

/** Judges as a service of the product answers: 200 whatever became of the request. */
const judge: NonNullable<LoadOptions['judge']> = (_status, body) => {
  const { success, id } = JSON.parse(body) as { success: boolean; id: string }
  return success ? { ok: true, id } : { ok: false, why: `success is ${success}` }
}

describe('load on a healthy server', () => {
  it('sends exactly the profile, each request once and with its own body, and times each', async () => {
    const seen: string[] = []
    const keys = new Set<unknown>()
    const agents = new Set<unknown>()
    const url = await serve((request, response) => {
      keys.add(request.headers.authorization)
      agents.add(request.headers['user-agent'])
      request.setEncoding('utf8').on('data', (body: string) => {
        seen.push(body)
        response.end(JSON.stringify({ success: true, id: body }))
      })
    })
    const result = await put(url, { method: 'POST', apiKey: 'apiKey', body: (run, sequence) => `${run}-${sequence}`, judge })
    expect(seen).toHaveLength(20)
    expect(new Set(seen).size).toBe(20)
    expect([...keys]).toEqual(['Bearer hunter2'])
    expect([...agents]).toEqual(['runbook/test-run'])
    expect(result).toMatchObject({ sent: 20, answered: 20, accepted: 20, statuses: { '2xx': 20 }, keptPace: true, covered: true })
    expect(result.ids.toSorted()).toEqual(seen.toSorted())
    expect(result.latency).toMatchObject({ samples: 20 })
    expect(result.series).toHaveLength(20)
    expect(result.throughput).toBeGreaterThan(0)
    expect(Object.values(result.failures)).toEqual([0, 0, 0, 0, 0, 0])
  })

  it('repeats the profile until the percentile has its samples, and no further than it may', async () => {
    const url = await serve((_request, response) => response.end('{}'))
    expect((await put(url, { minimumSamples: 50 })).accepted).toBe(60)
    expect((await put(url, { minimumSamples: 50, maximumRequests: 40 })).sent).toBe(40)
  })

  it('goes on while something is observed, and says whether it covered it', async () => {
    const url = await serve((_request, response) => response.end('{}'))
    const lasting = (ms: number) => ({
      kind: 'timer',
      access: { system: 'x', address: 'x', operation: 'x', effect: 'read' as const, reproduce: 'x' },
      deadlineMs: 1_000,
      read: () => new Promise<{ value: number; raw: string }>((done) => setTimeout(() => done({ value: 1, raw: '' }), ms)),
    })
    const result = await put(url, { during: [lasting(120)], maximumRequests: 2_000 })
    expect(result.covered).toBe(true)
    expect(result.durationMs).toBeGreaterThanOrEqual(115)
    expect((await put(url, { during: [lasting(2_000)], maximumRequests: 20 })).covered).toBe(false)
  })
})

describe('load on a slow server', () => {
  it('measures what each request really took', async () => {
    const url = await serve((_request, response) => void setTimeout(() => response.end('{}'), 60))
    const { latency } = await put(url)
    expect(latency?.p50).toBeGreaterThanOrEqual(58)
    expect(latency?.p95).toBeLessThan(500)
  })

  it('at a pace, counts the wait of requests that were due behind a slow one', async () => {
    let count = 0
    const url = await serve((_request, response) => {
      count += 1
      setTimeout(() => response.end('{}'), count === 1 ? 1_600 : 0)
    })
    const { latency, sent } = await put(url, { profile: { rate: 1, seconds: 2 }, timeoutMs: 3_000 })
    expect(sent).toBe(2)
    // Both were due in the first 1.6 s: the second one at 1.0 s, answered after 1.6 s.
    expect(latency?.p50).toBeGreaterThanOrEqual(550)
    expect(latency?.max).toBeGreaterThanOrEqual(1_590)
  })
})

describe('load on an erroring server', () => {
  it('books each status, and keeps failures out of the latencies', async () => {
    let count = 0
    const url = await serve((_request, response) => {
      count += 1
      response.writeHead(count % 2 === 0 ? 503 : 200).end('busy')
    })
    const result = await put(url)
    expect(result).toMatchObject({ sent: 20, answered: 20, accepted: 10, statuses: { '2xx': 10, '5xx': 10 } })
    expect(result.failures.status).toBe(10)
    expect(result.latency?.samples).toBe(10)
    expect(result.examples[0]).toBe('status: HTTP 503: busy')
  })

  it('books a 200 whose body says no', async () => {
    const url = await serve((_request, response) => response.end('{"success":false}'))
    const result = await put(url, { judge })
    expect(result).toMatchObject({ answered: 20, accepted: 0, latency: null })
    expect(result.failures.body).toBe(20)
  })

  it('books connections that are closed without an answer, and times the others rightly', async () => {
    let count = 0
    const url = await serve((request, response) => {
      count += 1
      if (count % 5 === 0) request.socket.end()
      else response.end('{}')
    })
    const result = await put(url)
    expect(result.sent).toBe(20)
    expect(result.failures.dropped).toBe(4)
    expect(result.accepted).toBe(16)
    expect(result.latency?.max).toBeLessThan(500)
  })

  it('books resets', async () => {
    const url = await serve((request) => void request.socket.resetAndDestroy())
    const result = await put(url)
    expect(result).toMatchObject({ sent: 20, accepted: 0 })
    expect(result.failures.connection + result.failures.dropped).toBe(20)
  })

  it('survives answers that are no HTTP, or that break off', async () => {
    for (const answer of ['220 mail.example.test ESMTP\r\n', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf']) {
      const url = await raw((socket) => socket.on('data', () => socket.end(answer)))
      const result = await put(url, { deadlineMs: 1_500 })
      expect(result.accepted).toBe(0)
      expect(Object.values(result.failures).reduce((a, b) => a + b, 0)).toBe(result.sent)
    }
  })
})

describe('load over TLS', () => {
  it('goes to another address under the public name, and refuses a certificate that it cannot verify', async () => {
    const now = new Date()
    const authority = await createAuthority({ name: 'test', now })
    const issued = await authority.issue({ names: ['hooks.example.test'] })
    const hosts = new Set<unknown>()
    const keys = new Set<unknown>()
    const server = createTlsServer({ cert: issued.certificate, key: issued.key }, (request, response) => {
      hosts.add(request.headers.host)
      keys.add(request.headers.authorization)
      response.end('{}')
    })
    const connectTo = new URL(await listening(server)).host
    const options = { connectTo, ca: authority.certificate, apiKey: 'apiKey' }
    expect((await put('https://hooks.example.test', options)).accepted).toBe(20)
    expect([...hosts]).toEqual(['hooks.example.test'])
    expect([...keys]).toEqual(['Bearer hunter2'])

    keys.clear()
    for (const [url, ca] of [
      ['https://other.example.test', authority.certificate],
      ['https://hooks.example.test', (await createAuthority({ name: 'other', now })).certificate],
    ] as const) {
      const failure = await put(url, { ...options, ca }).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(Unreachable)
      expect(failure).toMatchObject({ refused: true })
    }
    expect([...keys], 'no key was sent to a server that could not prove its name').toEqual([])
  })
})

describe('load on a server that talks out of turn', () => {
  it('ignores an answer to nothing', async () => {
    const url = await raw((socket) => {
      const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'
      socket.on('data', () => socket.write(answer, () => setTimeout(() => socket.write(answer), 100)))
    })
    const result = await put(url, { profile: { rate: 2, seconds: 2 }, deadlineMs: 3_000 })
    expect(result).toMatchObject({ sent: 4, accepted: 4 })
  })
})

describe('load on a server that does not answer', () => {
  it('is unreachable where the connection is refused', async () => {
    const url = await serve(() => undefined)
    for (const close of closers.splice(0)) await close()
    const failure = await put(url).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(Unreachable)
    expect(failure).toMatchObject({ refused: true })
  })

  it('books time-outs and what was still open at the deadline, and ends in time', async () => {
    const url = await serve(() => undefined)
    const startedAt = performance.now()
    const result = await put(url, { timeoutMs: 1_000, deadlineMs: 1_500 })
    // Half a minute would be the time of a volley that nobody ends.
    expect(performance.now() - startedAt).toBeLessThan(15_000)
    expect(result.answered).toBe(0)
    expect(result.failures).toMatchObject({ timeout: 4, unanswered: 4 })
    expect(result.sent).toBe(8)
  })

  it('ends at once when the run is interrupted', async () => {
    const url = await serve(() => undefined)
    const signal = AbortSignal.timeout(200)
    const probe = load({ system: 'server', url, path: '/', profile: { amount: 4, connections: 2 } })
    await expect(probe.read(testSession({}, { signal }))).rejects.toThrow()
  })
})

describe('what load says of itself', () => {
  it('names the secret in the reproduce line and never holds it', () => {
    const { access } = load({
      system: 'hook-receiver',
      url: 'https://hooks.example.test',
      path: '/hooks',
      method: 'POST',
      apiKey: 'apiKey',
      headers: { 'content-type': 'application/json' },
      body: (run) => JSON.stringify({ source: run }),
      profile: { amount: 100, connections: 10 },
    })
    expect(access).toMatchObject({
      address: 'hooks.example.test:443',
      operation: 'POST /hooks, 100 requests over 10 connections, up to 1000',
    })
    expect(access.reproduce).toBe(
      `printf %s '{"source":"by-hand"}' > body.json && ab -k -l -n 100 -c 10 -H "Authorization: Bearer ""$API_KEY" -p body.json -T application/json https://hooks.example.test/hooks`,
    )
  })

  it('refuses more connections than a check may open', () => {
    expect(() => load({ system: 'x', url: 'http://x', path: '/', profile: { rate: 500, seconds: 1 } })).toThrow(RangeError)
  })
})
