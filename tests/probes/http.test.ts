import { createServer as createHttp, type RequestListener } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { createServer as createTcp } from 'node:net'
import { networkInterfaces } from 'node:os'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { Unreachable } from '../../src/outcome.ts'
import { observationKey } from '../../src/probe.ts'
import { type HttpOptions, http } from '../../src/probes/http.ts'
import { testSession } from '../support/session.ts'
import { authority } from './support/authority.ts'
import { closedPort, listening } from './support/server.ts'

async function ask(server: Parameters<typeof listening>[0], options: Partial<HttpOptions> = {}, protocol = 'http') {
  await using up = await listening(server)
  const probe = http({ system: 'gateway', url: `${protocol}://${up.address}`, path: '/', ...options })
  return await probe.read(testSession({ apiKey: 'correct-horse' }))
}

const serve = (listener: RequestListener) => createHttp(listener)

describe('an HTTP request', () => {
  it('tells status, headers, body, parsed JSON and timings', async () => {
    const { value, raw } = await ask(
      serve((request, response) => {
        response.setHeader('X-Seen', [request.method ?? '', request.headers['user-agent'] ?? ''])
        response.statusCode = 503
        response.end('{"status":"degraded"}')
      }),
    )
    expect(value).toMatchObject({ status: 503, json: { status: 'degraded' }, truncated: false })
    expect(value.headers['x-seen']).toBe('GET, runbook/test-run')
    expect(value.timings.totalMs).toBeGreaterThanOrEqual(value.timings.connectMs)
    expect(value.remoteAddress).toMatch(/^127\.0\.0\.1:\d+$/)
    expect(raw).toContain('HTTP 503')
  })

  it('takes a redirect as an answer and does not follow it, not even in a circle', async () => {
    let asked = 0
    const { value } = await ask(
      serve((_request, response) => {
        asked += 1
        response.writeHead(302, { location: '/' }).end()
      }),
    )
    expect([value.status, value.headers.location, asked]).toEqual([302, '/', 1])
  })

  it('leaves json undefined where the body is none', async () => {
    const { value } = await ask(serve((_request, response) => response.end('<html>')))
    expect([value.json, value.body]).toEqual([undefined, '<html>'])
  })

  it.each([
    ['Bearer', 'authorization', 'Bearer correct-horse'],
    ['Token', 'authorization', 'Token correct-horse'],
    ['Basic', 'authorization', `Basic ${Buffer.from('correct-horse').toString('base64')}`],
    ['X-API-Key', 'x-api-key', 'correct-horse'],
  ] as const)('sends the key as %s and never shows it', async (scheme, header, sent) => {
    let received: unknown
    const server = serve((request, response) => {
      received = request.headers[header]
      response.end()
    })
    await ask(server, { apiKey: 'apiKey', scheme })
    const { access } = http({ system: 's', url: 'http://127.0.0.1:1', apiKey: 'apiKey', scheme })
    expect(received).toBe(sent)
    expect(JSON.stringify(access)).not.toContain('correct-horse')
    expect(access.reproduce).toContain('"$API_KEY"')
  })

  it('sends user and password as Basic', async () => {
    let received: unknown
    const server = serve((request, response) => {
      received = request.headers.authorization
      response.end()
    })
    await ask(server, { apiKey: 'apiKey', scheme: 'Basic', user: 'admin' })
    expect(received).toBe(`Basic ${Buffer.from('admin:correct-horse').toString('base64')}`)
  })

  it('is unobserved without the secret', async () => {
    const probe = http({ system: 's', url: 'http://127.0.0.1:1', apiKey: 'unknown' })
    await expect(probe.read(testSession())).rejects.toMatchObject({ name: 'Unobserved', rootCause: { id: 'secret:unknown' } })
  })

  it('posts only with an effect that writes', async () => {
    const post = { system: 's', url: 'http://127.0.0.1:1', method: 'POST' } as const
    expect(() => http(post)).toThrow(TypeError)
    expect(() => http({ ...post, effect: 'exec' })).toThrow('POST')
    let body = ''
    const server = serve((request, response) => {
      request.on('data', (chunk) => (body += chunk))
      request.on('end', () => response.end(request.headers['content-type']))
    })
    const { value } = await ask(server, {
      method: 'POST',
      effect: 'synthetic-write',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json' },
    })
    expect([value.body, body]).toEqual(['application/json', '{"a":1}'])
  })

  it('is another observation with other headers, the same with the same', () => {
    const of = (headers?: Record<string, string>) =>
      observationKey(http({ system: 's', url: 'http://h', ...(headers && { headers }) }))
    expect(of({ a: '1' })).not.toBe(of())
    expect(of({ a: '1' })).toBe(of({ a: '1' }))
  })

  it('reproduces as a curl line that can be pasted', () => {
    const { access } = http({
      system: 's',
      url: 'https://hooks.example.test',
      path: '/hooks?a=b&c',
      method: 'POST',
      effect: 'synthetic-write',
      body: `{"it's":1}`,
      connectTo: '127.0.0.1:8443',
      ca: '/etc/ca.pem',
      apiKey: 'apiKey',
    })
    expect(access.reproduce).toBe(
      `curl -sS -i --max-time 10 -X POST --connect-to hooks.example.test::127.0.0.1:8443 --cacert /etc/ca.pem -H 'Authorization: Bearer '"$API_KEY" --data-binary '{"it'\\''s":1}' 'https://hooks.example.test/hooks?a=b&c'`,
    )
  })
})

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1'))

it.skipIf(!hasIpv6)('an HTTP request to an IPv6 address finds its way (needs ::1)', async () => {
  await using server = serve((_, response) => response.end('here'))
  await new Promise<void>((resolve) => server.listen(0, '::1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const { value } = await http({ system: 'gateway', url: `http://[::1]:${port}` }).read(testSession())
  expect(value).toMatchObject({ status: 200, body: 'here', remoteAddress: `[::1]:${port}` })
})

describe('an HTTP request over TLS', () => {
  it('connects elsewhere while the name stays, and trusts the given CA', async () => {
    const { ca, issue } = await authority()
    const server = createHttps(await issue('hooks.test'), (request, response) => response.end(request.headers.host))
    await using up = await listening(server)
    const probe = http({ system: 'g', url: `https://hooks.test:${up.port}`, connectTo: up.address, ca })
    const { value } = await probe.read(testSession())
    expect(value.body).toBe(`hooks.test:${up.port}`)
    expect(value.timings.tlsMs).toBeGreaterThan(0)
    expect(probe.access.address).toBe(`hooks.test:${up.port}`)
  })

  it.each([
    ['another name', 'other.test', true],
    ['an unknown CA', 'hooks.test', false],
  ])('is refused under %s', async (_why, name, known) => {
    const { ca, issue } = await authority()
    const trusted = known ? ca : (await authority()).ca
    await using up = await listening(createHttps(await issue(name), (_request, response) => response.end()))
    const probe = http({ system: 'g', url: `https://hooks.test:${up.port}`, connectTo: up.address, ca: trusted })
    await expect(probe.read(testSession())).rejects.toMatchObject({ name: 'Unreachable', refused: true })
  })

  it('is unobserved where the CA file cannot be read', async () => {
    const probe = http({ system: 'g', url: 'https://hooks.test', connectTo: '127.0.0.1:1', ca: '/nowhere/ca.pem' })
    await expect(probe.read(testSession())).rejects.toMatchObject({ rootCause: { id: 'ca:/nowhere/ca.pem' } })
  })

  it('is refused where the server closes in the handshake', async () => {
    const server = createTcp((socket) => socket.once('data', () => socket.destroy()))
    await expect(ask(server, {}, 'https')).rejects.toMatchObject({ name: 'Unreachable', refused: true })
  })
})

describe('a hostile server', () => {
  const refused = { name: 'Unreachable', refused: true }
  const soon = { deadlineMs: 300 }

  it('that refuses the connection is said to refuse', async () => {
    const port = await closedPort(createTcp())
    const reading = http({ system: 's', url: `http://127.0.0.1:${port}` }).read(testSession())
    await expect(reading).rejects.toMatchObject({ ...refused, rootCause: { id: `unreachable:127.0.0.1:${port}` } })
    await expect(reading).rejects.toThrow('refused')
  })

  it('that never answers is bounded', async () => {
    await expect(ask(createTcp(), soon)).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('no answer began'),
    })
  })

  it('that never finishes the handshake is bounded', async () => {
    await expect(ask(createTcp(), soon, 'https')).rejects.toThrow('handshake never finished')
  })

  it('that resets is said to reset', async () => {
    await expect(ask(createTcp((socket) => socket.once('data', () => socket.resetAndDestroy())))).rejects.toMatchObject(refused)
  })

  it('that breaks off the body is refused, not half an answer', async () => {
    const server = serve((_request, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('half')
      setImmediate(() => response.destroy())
    })
    await expect(ask(server)).rejects.toMatchObject(refused)
  })

  it('that speaks no HTTP is refused', async () => {
    const server = createTcp((socket) => socket.once('data', () => socket.end('220 mail ready\r\n')))
    await expect(ask(server)).rejects.toMatchObject(refused)
  })

  it('that drips the body is bounded in time', async () => {
    const server = serve((_request, response) => {
      const timer = setInterval(() => response.write('.'), 20)
      response.on('close', () => clearInterval(timer))
    })
    await expect(ask(server, soon)).rejects.toThrow('never ended')
  })

  it('that drips the headers is bounded in time', async () => {
    const server = createTcp((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n')
      const timer = setInterval(() => socket.write('a: b\r\n'), 20)
      socket.on('close', () => clearInterval(timer))
    })
    await expect(ask(server, soon)).rejects.toBeInstanceOf(Unreachable)
  })

  it('that sends endless headers is bounded in memory', async () => {
    const server = createTcp((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n')
      const more = (): void => {
        while (!socket.destroyed && socket.write(`x: ${'y'.repeat(4096)}\r\n`));
      }
      socket.on('drain', more)
      more()
    })
    await expect(ask(server, { deadlineMs: 5_000 })).rejects.toMatchObject(refused)
  })

  it('that sends an endless body is cut at the cap', async () => {
    let sent = 0
    const server = serve((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('y'.repeat(65_536))) sent += 65_536
      }
      response.on('drain', more)
      more()
    })
    const { value, raw } = await ask(server, { maxBodyBytes: 100_000 })
    expect([value.status, value.truncated, value.body.length]).toEqual([200, true, 100_000])
    expect(sent).toBeLessThan(32 * 1024 * 1024)
    expect(raw).toContain('cut after 100000')
  })

  it('that sends a compressed bomb is not decompressed', async () => {
    const bomb = gzipSync(Buffer.alloc(10 * 1024 * 1024))
    const { value } = await ask(
      serve((request, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip', 'x-accepted': request.headers['accept-encoding'] ?? '' }).end(bomb)
      }),
    )
    expect(value.headers['x-accepted']).toBe('identity')
    expect(value.body.length).toBeLessThanOrEqual(bomb.length)
  })

  it('leaves nothing behind when the run is interrupted', async () => {
    const interruption = new AbortController()
    await using up = await listening(createTcp(() => interruption.abort(new Error('interrupted'))))
    const reading = http({ system: 's', url: `http://${up.address}` }).read(testSession({}, { signal: interruption.signal }))
    await expect(reading).rejects.toThrow('interrupted')
  })
})
