import type { Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { expect } from 'vitest'
import { promised } from '../../src/probe.ts'
import { type HttpAnswer, type HttpOptions, http } from '../../src/probes/http.ts'
import { answer, dripping, endless, onceAsked } from '../support/hostile/arena.ts'
import { type HostileCase, hostile } from '../support/hostile/cases.ts'
import { POISON } from '../support/hostile/poison.ts'

const BOMB = gzipSync(Buffer.alloc(50 * 1024 * 1024))
const OK = 'HTTP/1.1 200 OK\r\n'

function body(text: string | Buffer, headers = ''): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([Buffer.from(`${OK}${headers}content-length: ${bytes.length}\r\n\r\n`), bytes])
}

interface Wishes extends Partial<HttpOptions> {
  readonly isPromised?: boolean
}

/** `says` follows the outcome; a case that hangs has a short limit. */
function against(
  name: string,
  attack: (socket: Socket) => void,
  outcome: HostileCase['outcome'],
  says: RegExp,
  { isPromised = false, ...options }: Wishes = {},
): HostileCase {
  return {
    name,
    outcome,
    says,
    async probe(arena) {
      const { address } = await arena.serve(attack)
      const probe = http({ system: 'service', url: `http://${address}/health`, ...options })
      return isPromised ? promised(probe) : probe
    },
  }
}

const HANGS = { deadlineMs: 400 }
const PROMISED = { isPromised: true }

hostile<HttpAnswer>(
  'an HTTP service',
  {
    judge({ status, json }) {
      expect(status).toBe(200)
      expect(json).toEqual({ status: 'healthy' })
    },
  },
  [
    against(
      'a body without end',
      onceAsked((socket) => endless(socket.resume(), `${OK}\r\n${'x'.repeat(1_000)}`)),
      'failed',
      /healthy/,
    ),
    against(
      'header lines without end',
      onceAsked((socket) => {
        socket.write(OK)
        endless(socket, 'x-more: 1\r\n')
      }),
      'unobserved',
      /not understood/,
    ),
    against(
      'the same where the line promises an answer',
      onceAsked((socket) => {
        socket.write(OK)
        endless(socket, 'x-more: 1\r\n')
      }),
      'failed',
      /not understood/,
      PROMISED,
    ),
    against('one header of a megabyte', answer(`${OK}x-long: ${'x'.repeat(1_000_000)}\r\n\r\n`), 'unobserved', /not understood/),
    against(
      'a status line without end',
      onceAsked((socket) => endless(socket, 'HTTP/1.1 200 ')),
      'unobserved',
      /not understood|no answer began/,
      HANGS,
    ),
    against(
      'a body that drips',
      onceAsked((socket) => {
        socket.write(`${OK}\r\n`)
        dripping(socket, 'x')
      }),
      'unobserved',
      /never ended within 400 ms/,
      HANGS,
    ),
    against(
      'headers that drip',
      onceAsked((socket) => {
        socket.write(OK)
        dripping(socket, 'x-slow: 1\r\n')
      }),
      'unobserved',
      /no answer began within 400 ms/,
      HANGS,
    ),
    against(
      'the same where the line promises an answer',
      onceAsked((socket) => {
        socket.write(OK)
        dripping(socket, 'x-slow: 1\r\n')
      }),
      'failed',
      /no answer began within 400 ms/,
      { ...HANGS, ...PROMISED },
    ),
    against(
      'a body that is shorter than it says',
      answer(`${OK}content-length: 1000\r\n\r\n{"status":`),
      'unobserved',
      /broken off|closed|reset/,
    ),
    against(
      'the same where the line promises an answer',
      answer(`${OK}content-length: 1000\r\n\r\n{"status":`),
      'failed',
      /broken off|closed|reset/,
      PROMISED,
    ),
    against('50 MB of nothing in 50 kB of gzip', answer(body(BOMB, 'content-encoding: gzip\r\n')), 'failed', /healthy/),
    against('the same twice over, named br', answer(body(gzipSync(BOMB), 'content-encoding: br, gzip\r\n')), 'failed', /healthy/),
    against(
      'a chunk of 2^64 bytes',
      answer(`${OK}transfer-encoding: chunked\r\n\r\nffffffffffffffff\r\nx`),
      'unobserved',
      /not understood|broken off/,
    ),
    against(
      'a chunk whose length is no number',
      answer(`${OK}transfer-encoding: chunked\r\n\r\n-1\r\n{}`),
      'unobserved',
      /not understood|broken off/,
    ),
    against('a negative length', answer(`${OK}content-length: -5\r\n\r\n{}`), 'unobserved', /not understood/),
    against(
      'two lengths that contradict each other',
      answer(`${OK}content-length: 2\r\ncontent-length: 5\r\n\r\n{}   `),
      'unobserved',
      /not understood/,
    ),
    against('JSON a hundred thousand levels deep', answer(body('['.repeat(100_000) + ']'.repeat(100_000))), 'failed', /healthy/),
    against(
      'objects ten thousand levels deep',
      answer(body(`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`)),
      'failed',
      /healthy/,
    ),
    against(
      'JSON that is healthy by its prototype only',
      answer(body('{"__proto__":{"status":"healthy"}}')),
      'failed',
      /healthy/,
    ),
    against(
      'JSON that overwrites constructors',
      answer(body('{"constructor":{"prototype":{"status":"healthy"}}}')),
      'failed',
      /healthy/,
    ),
    against('one key twice, the good value first', answer(body('{"status":"healthy","status":"broken"}')), 'failed', /healthy/),
    against('a number beyond all numbers', answer(body('{"status":1e999}')), 'failed', /healthy/),
    against(
      'what steers a terminal, in body and header',
      answer(body(JSON.stringify({ status: POISON }) + POISON, `x-evil: \u009b31m<img src=x>\r\n`)),
      'failed',
      /./,
    ),
    against('a page of markup and script', answer(body(POISON, 'content-type: text/html\r\n')), 'failed', /healthy/),
    against(
      'bytes that are no UTF-8',
      answer(body(Buffer.from([0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0xf5]))),
      'failed',
      /healthy/,
    ),
    against('NUL bytes', answer(body('{"status":"healthy\0"}\0')), 'failed', /healthy/),
    against('NUL in the status line', answer(`HTTP/1.1 200 O\0K\r\ncontent-length: 0\r\n\r\n`), 'failed', /healthy/),
    against(
      'a redirect to itself',
      onceAsked((socket) => socket.end('HTTP/1.1 302 Found\r\nlocation: /health\r\ncontent-length: 0\r\n\r\n')),
      'failed',
      /302/,
    ),
    against(
      'another protocol',
      onceAsked((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')),
      'unobserved',
      /not understood/,
    ),
    against(
      'random bytes',
      answer(Buffer.from(Array.from({ length: 5_000 }, (_, index) => (index * 7919) % 251))),
      'unobserved',
      /not understood/,
    ),
    against('a connection that is reset at once', (socket) => socket.resetAndDestroy(), 'unobserved', /reset|broken off|closed/),
    against(
      'the same where the line promises an answer',
      (socket) => socket.resetAndDestroy(),
      'failed',
      /reset|broken off|closed/,
      PROMISED,
    ),
    against(
      'interim answers without end',
      onceAsked((socket) => endless(socket, 'HTTP/1.1 100 Continue\r\n\r\n')),
      'unobserved',
      /no answer began|not understood/,
      HANGS,
    ),
    against(
      'an upgrade nobody asked for',
      onceAsked((socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n')),
      'unobserved',
      /./,
      HANGS,
    ),
    against('a status of four digits', answer('HTTP/1.1 2000 OK\r\ncontent-length: 0\r\n\r\n'), 'unobserved', /not understood/),
    against(
      'a proxy that answers 200 to everything',
      answer(body('<html><title>Sign in to the network</title></html>', 'content-type: text/html\r\n')),
      'failed',
      /healthy/,
    ),
    against(
      'a header that would be a prototype',
      answer(body('{}', '__proto__: polluted\r\nconstructor: polluted\r\n')),
      'failed',
      /healthy/,
    ),
    against(
      'ten thousand cookies',
      onceAsked((socket) => socket.end(`${OK}${'set-cookie: a=b\r\n'.repeat(10_000)}\r\n`)),
      'unobserved',
      /not understood/,
    ),
    {
      name: 'plain HTTP where TLS should be',
      outcome: 'unobserved',
      says: /TLS handshake/,
      async probe(arena) {
        const { address } = await arena.serve(answer(body('{"status":"healthy"}')))
        return http({ system: 'service', url: `https://${address}/health` })
      },
    },
    {
      name: 'a TLS handshake that never ends',
      outcome: 'unobserved',
      says: /handshake never finished/,
      async probe(arena) {
        const { address } = await arena.serve((socket) => dripping(socket, '\x16\x03\x03\x40\x00\x02'))
        return http({ system: 'service', url: `https://${address}/health`, deadlineMs: 400 })
      },
    },
  ],
)
