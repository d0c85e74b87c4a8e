import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { openRedis } from '../../../src/probes/redis-session.ts'
import { httpWire } from '../../../src/prove/wire/http.ts'
import { kafkaWire } from '../../../src/prove/wire/kafka.ts'
import { postgresWire } from '../../../src/prove/wire/postgres.ts'
import { type Recorder, startRecorder } from '../../../src/prove/wire/recorder.ts'
import { redisWire } from '../../../src/prove/wire/redis.ts'
import type { Asked, OpenWire } from '../../../src/prove/wire/wire.ts'
import { startBroker } from '../../support/kafka-broker.ts'
import { bulk, startRedis } from '../../support/redis.ts'

/** What is understood of these bytes, whole and one by one. */
function understood(wire: OpenWire, bytes: Buffer): Asked[] {
  const whole: Asked[] = []
  wire((one) => whole.push(one)).read(bytes)
  const bit: Asked[] = []
  const byOne = wire((one) => bit.push(one))
  for (const byte of bytes) byOne.read(Buffer.from([byte]))
  expect(bit).toEqual(whole)
  return whole
}

const portOf = ({ place }: Recorder): number => ('path' in place ? 0 : place.port)

describe('HTTP', () => {
  async function asked(text: string): Promise<readonly Asked[]> {
    const found: Asked[] = []
    const wire = httpWire((one) => found.push(one))
    for (const part of text.match(/[\s\S]{1,7}/g) ?? []) wire.read(Buffer.from(part))
    await expect.poll(() => found.length).toBeGreaterThan(0)
    wire.end()
    return found
  }

  it('reads by GET and HEAD, also one behind the other on one connection', async () => {
    const server = createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    await using recorder = await startRecorder({ system: 's', upstream: { host: '127.0.0.1', port }, wire: httpWire })
    for (const method of ['GET', 'HEAD']) {
      const sent = request({ host: '127.0.0.1', port: portOf(recorder), method, path: '/health?key=1' })
      sent.end()
      const [response] = await once(sent, 'response')
      response.resume()
      expect(response.statusCode).toBe(200)
    }
    await expect
      .poll(() => recorder.asked)
      .toEqual([
        { what: 'GET /health', isReading: true },
        { what: 'HEAD /health', isReading: true },
      ])
    server.closeAllConnections()
    server.close()
  })

  it('does not read by another method, with a body, by an upgrade, or by what is no HTTP', async () => {
    expect(await asked('POST /hooks HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}')).toEqual([
      { what: 'POST /hooks with a body', isReading: false },
    ])
    expect(await asked('DELETE /containers/x HTTP/1.1\r\nHost: a\r\n\r\n')).toMatchObject([{ isReading: false }])
    expect(await asked('GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}')).toMatchObject([{ isReading: false }])
    expect(await asked('GET /exec HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n')).toMatchObject([
      { isReading: false },
    ])
    expect(await asked('\u0016\u0003\u0001 nonsense\r\n\r\n')).toMatchObject([{ isReading: false }])
  })
})

describe('PostgreSQL', () => {
  const message = (kind: string, body: string): Buffer => {
    const head = Buffer.alloc(5)
    head.write(kind, 'latin1')
    head.writeInt32BE(Buffer.byteLength(body) + 4, 1)
    return Buffer.concat([head, Buffer.from(body)])
  }
  const untyped = (code: number, body = ''): Buffer => {
    const head = Buffer.alloc(8)
    head.writeInt32BE(8 + Buffer.byteLength(body))
    head.writeInt32BE(code, 4)
    return Buffer.concat([head, Buffer.from(body)])
  }
  const start = untyped(196_608, 'user\0a\0\0')

  it('reads by what stands in a transaction that is read only', () => {
    const bytes = [
      untyped(80_877_103),
      start,
      message('p', 'secret\0'),
      message('Q', 'BEGIN READ ONLY; SET LOCAL statement_timeout = 900\0'),
      message('P', '\0SELECT 1\0'),
      message('B', '\0\0'),
      message('S', ''),
      message('Q', 'ROLLBACK\0'),
      message('X', ''),
    ]
    const found = understood(postgresWire, Buffer.concat(bytes))
    expect(found.every(({ isReading }) => isReading)).toBe(true)
    expect(found.map(({ what }) => what)).toEqual(['BEGIN READ ONLY; SET LOCAL statement_timeout = 900', 'SELECT 1', 'ROLLBACK'])
  })

  it.each([
    ['a statement of its own', Buffer.concat([start, message('Q', 'SELECT 1\0')])],
    ['rows that are copied in', Buffer.concat([start, message('d', 'x')])],
    ['a function call', Buffer.concat([start, message('F', 'x')])],
    ['the cancelling of a statement', untyped(80_877_102, '12345678')],
    ['an old protocol', untyped(131_072)],
  ])('does not merely read by %s', (_, bytes) => {
    expect(understood(postgresWire, bytes)).toMatchObject([{ isReading: false }])
  })
})

describe('Redis', () => {
  const command = (...words: string[]): string => `*${words.length}\r\n${words.map(bulk).join('')}`

  it('reads by the commands on its list, and shows no password', async () => {
    await using server = await startRedis({ 'INFO server': bulk('redis_version:7.2.4') }, 'hunter2')
    const upstream = { host: '127.0.0.1', port: server.port }
    await using recorder = await startRecorder({ system: 'redis', upstream, wire: redisWire })
    const connection = await openRedis({ host: '127.0.0.1', port: portOf(recorder) }, { name: 'r', password: 'hunter2' }, 5_000)
    await connection.ready
    await connection.sendCommand(['INFO', 'server'])
    connection.destroy()
    expect(recorder.asked.filter(({ isReading }) => !isReading)).toEqual([])
    expect(recorder.asked.map(({ what }) => what)).toEqual(expect.arrayContaining(['AUTH', 'INFO server']))
    expect(JSON.stringify(recorder.asked)).not.toContain('hunter2')
  })

  it.each([
    ['SET', 'a', 'b'],
    ['CONFIG', 'SET', 'maxmemory', '1'],
    ['ACL', 'SETUSER', 'x'],
    ['INFORM'],
    ['FLUSHALL'],
    ['CLIENT', 'KILL', 'x'],
  ])('does not merely read by %s %s', (...words) => {
    expect(understood(redisWire, Buffer.from(command('PING') + command(...words)))).toMatchObject([
      { isReading: true },
      { isReading: false },
    ])
  })
})

describe('Kafka', () => {
  const frame = (key: number, version: number, rest: readonly number[]): Buffer => {
    const head = Buffer.alloc(12)
    head.writeInt16BE(key, 4)
    head.writeInt16BE(version, 6)
    const bytes = Buffer.concat([head, Buffer.from(rest)])
    bytes.writeInt32BE(bytes.length - 4)
    return bytes
  }
  /** The client `r`, one topic `ab`, and the flag; in the form of before and after version 9. */
  const OLD = [0, 1, 114, 0, 0, 0, 1, 0, 2, 97, 98]
  const COMPACT = [0, 1, 114, 0, 2, ...Array<number>(16).fill(0), 3, 97, 98, 0]

  it('reads by keys that describe and fetch', () => {
    const frames = [1, 2, 9, 15, 16, 18, 32].map((key) => frame(key, 0, []))
    expect(understood(kafkaWire, Buffer.concat(frames)).map(({ isReading }) => isReading)).not.toContain(false)
  })

  it.each([0, 8, 11, 12, 19, 20, 21, 22, 33, 42, 44, 999])('does not merely read by key %i', (key) => {
    expect(understood(kafkaWire, frame(key, 0, []))).toMatchObject([{ isReading: false }])
  })

  it.each([
    [3, OLD, 0, false],
    [4, OLD, 0, true],
    [4, OLD, 1, false],
    [12, COMPACT, 0, true],
    [12, COMPACT, 1, false],
  ])('reads metadata of version %i only where that makes no topic', (version, topics, flag, isReading) => {
    expect(understood(kafkaWire, frame(3, version, [...topics, flag, 0, 0]))).toMatchObject([{ isReading }])
  })

  it('understands what the client really sends', async () => {
    await using broker = await startBroker({ topics: { a: [{ leader: 1, replicas: [1], isr: [1] }] } })
    const upstream = { host: '127.0.0.1', port: broker.port }
    await using recorder = await startRecorder({ system: 'kafka', upstream, wire: kafkaWire })
    const { Admin } = await import('@platformatic/kafka')
    const admin = new Admin({ clientId: 'r', bootstrapBrokers: [`127.0.0.1:${portOf(recorder)}`], retries: 0 })
    await admin.metadata({ topics: ['a'], autocreateTopics: false, forceUpdate: true })
    expect(recorder.asked).toEqual([
      { what: 'ApiVersions', isReading: true },
      { what: 'Metadata', isReading: true },
    ])
    await admin.metadata({ topics: ['b'], autocreateTopics: true, forceUpdate: true })
    expect(recorder.asked.at(-1)).toEqual({ what: 'Metadata that may make topics', isReading: false })
    await admin.close()
  })
})

it('takes what it does not understand for a change, and hands it on', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  await using recorder = await startRecorder({ system: 's', upstream: { host: '127.0.0.1', port }, wire: redisWire })
  const socket = connect(portOf(recorder), '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await expect.poll(() => recorder.asked).toMatchObject([{ isReading: false, what: expect.stringMatching(/^not understood/) }])
  socket.destroy()
  server.close()
})
