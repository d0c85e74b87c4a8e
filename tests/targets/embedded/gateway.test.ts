import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import tls from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Authority, createAuthority } from '../../../src/targets/disposable/certificates.ts'
import { type Gateway, startGateway } from '../../../src/targets/embedded/gateway.ts'

const now = new Date()
const HOST = 'hooks.example.test'
let authority: Authority
let upstream: http.Server
let gateway: Gateway

beforeAll(async () => {
  authority = await createAuthority({ name: 'Gateway test CA', now })
  upstream = http.createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    response.end(JSON.stringify({ url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() }))
  })
  upstream.listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
  gateway = await startGateway({ [HOST]: { upstream: origin, certificate: await authority.issue({ names: [HOST] }) } })
})
afterEach(() =>
  gateway.configure({
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    plainHttp: 'redirect',
    exposesMetrics: false,
    securityHeaders: true,
    httpsOnlyDays: 365,
    securityLevel: 2,
  }),
)
afterAll(async () => {
  await Promise.all([gateway.stop(), gateway.stop()])
  upstream.close()
  upstream.closeAllConnections()
})

interface Answered {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly text: string
}

async function ask(
  path: string,
  {
    host = HOST,
    servername = HOST,
    body,
    plain = false,
  }: { host?: string; servername?: string; body?: string; plain?: boolean } = {},
): Promise<Answered> {
  const options = { host: '127.0.0.1', path, agent: false, headers: { host }, method: body === undefined ? 'GET' : 'POST' }
  const request = plain
    ? http.request({ ...options, port: gateway.plainPort })
    : https.request({ ...options, port: gateway.port, servername, ca: authority.certificate })
  request.end(body)
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return { status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() }
}

async function handshake(
  options: tls.ConnectionOptions,
): Promise<{ readonly authorized: boolean; readonly protocol: string | null; readonly fingerprint: string | undefined }> {
  const socket = tls.connect({ host: '127.0.0.1', port: gateway.port, servername: HOST, ca: authority.certificate, ...options })
  await once(socket, 'secureConnect')
  const seen = {
    authorized: socket.authorized,
    protocol: socket.getProtocol(),
    fingerprint: socket.getPeerX509Certificate()?.fingerprint256,
  }
  socket.destroy()
  return seen
}

describe('the gateway', () => {
  it('passes requests on by host name, with a body and the client’s address', async () => {
    const { status, text, headers } = await ask('/hooks?a=1', { body: '{"x":1}' })
    expect(status).toBe(200)
    expect(JSON.parse(text)).toMatchObject({
      url: '/hooks?a=1',
      body: '{"x":1}',
      headers: { 'x-forwarded-proto': 'https', 'x-forwarded-for': '127.0.0.1' },
    })
    expect(headers['strict-transport-security']).toMatch(/^max-age=\d{8}/)
  })

  it('presents a certificate that chains to the authority and names the host', async () => {
    const socket = await handshake({})
    expect([socket.authorized, socket.protocol]).toEqual([true, 'TLSv1.3'])
  })

  it('refuses a name that it does not serve, in the handshake and by Host', async () => {
    await expect(handshake({ servername: 'other.example.test' })).rejects.toThrow()
    expect((await ask('/', { host: 'other.example.test' })).status).toBe(421)
  })

  it('keeps /metrics to itself, however it is written', async () => {
    for (const path of ['/metrics', '/metrics/', '/metrics?x=1', '/a/../metrics', '//metrics', '/%6detrics'])
      expect([path, (await ask(path)).status]).toEqual([path, 404])
  })

  it('never follows an absolute request target to another host', async () => {
    const { text } = await ask('http://127.0.0.1:1/elsewhere')
    expect(JSON.parse(text)).toMatchObject({ url: '/elsewhere' })
  })

  it('redirects plain HTTP', async () => {
    const { status, headers } = await ask('/health?x=1', { plain: true })
    expect([status, headers.location]).toEqual([301, `https://${HOST}:${gateway.port}/health?x=1`])
  })

  it('speaks nothing older than TLS 1.2', async () => {
    expect((await handshake({ maxVersion: 'TLSv1.2' })).protocol).toBe('TLSv1.2')
    await expect(handshake({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })).rejects.toThrow()
  })

  it('answers 502 where the service is away', async () => {
    const { certificate } = gateway.routes()[HOST] ?? { certificate: await authority.issue({ names: [HOST] }) }
    const route = gateway.routes()[HOST]
    gateway.setRoute(HOST, { upstream: 'http://127.0.0.1:1', certificate })
    expect((await ask('/')).status).toBe(502)
    if (route !== undefined) gateway.setRoute(HOST, route)
    expect((await ask('/')).status).toBe(200)
  })
})

describe('a gateway that is configured wrongly', () => {
  it('lets the old protocol in', async () => {
    gateway.configure({ minVersion: 'TLSv1', securityLevel: 0 })
    const socket = await handshake({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })
    expect(socket.protocol).toBe('TLSv1.1')
  })

  it('shows /metrics, serves plain HTTP, sends no security headers', async () => {
    gateway.configure({ exposesMetrics: true, plainHttp: 'serve', securityHeaders: false })
    expect([(await ask('/metrics')).status, (await ask('/health', { plain: true })).status]).toEqual([200, 200])
    expect((await ask('/')).headers['strict-transport-security']).toBeUndefined()
  })

  it('insists on HTTPS for as long as it is told to', async () => {
    gateway.configure({ httpsOnlyDays: 179 })
    expect((await ask('/')).headers['strict-transport-security']).toBe('max-age=15465600; includeSubDomains')
  })

  it('refuses plain HTTP', async () => {
    gateway.configure({ plainHttp: 'refuse' })
    await expect(ask('/', { plain: true })).rejects.toThrow()
  })

  it('presents another certificate, at once', async () => {
    const route = gateway.routes()[HOST]
    if (route === undefined) throw new Error('no route')
    const notAfter = new Date(now.getTime() - 3_600_000)
    const expired = await authority.issue({ names: [HOST], notAfter })
    gateway.setRoute(HOST, { ...route, certificate: expired })
    await expect(handshake({})).rejects.toMatchObject({ code: 'CERT_HAS_EXPIRED' })
    const { fingerprint } = await handshake({ rejectUnauthorized: false })
    expect(fingerprint).toBe(new X509Certificate(expired.certificate).fingerprint256)
    gateway.setRoute(HOST, route)
    expect((await handshake({})).authorized).toBe(true)
  })
})
