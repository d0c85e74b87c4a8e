import type { Socket } from 'node:net'
import { expect } from 'vitest'
import { z } from 'zod'
import { sql } from '../../src/probes/postgres.ts'
import { login } from '../../src/probes/postgres-login.ts'
import type { PostgresSpec } from '../../src/targets/schema.ts'
import { dripping, endless } from '../support/hostile/arena.ts'
import { type HostileCase, hostile } from '../support/hostile/cases.ts'
import { POISON } from '../support/hostile/poison.ts'

/** A message of the protocol: type, length of all that follows, and the rest. */
function message(type: string, payload: Buffer | string = '', length?: number): Buffer {
  const bytes = Buffer.from(payload)
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(length ?? bytes.length + 4, 1)
  return Buffer.concat([head, bytes])
}

const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

const LET_IN = Buffer.concat([message('R', int32(0)), message('Z', 'I')])
const failure = (text: string, code = 'XX000'): Buffer => message('E', `SFATAL\0VFATAL\0C${code}\0M${text}\0\0`)

/** One column of that type. */
const column = (name: string, type: number): Buffer =>
  message(
    'T',
    Buffer.concat([int16(1), Buffer.from(`${name}\0`), int32(0), int16(0), int32(type), int16(-1), int32(-1), int16(0)]),
  )
const row = (text: string | Buffer, length?: number): Buffer => {
  const bytes = Buffer.from(text)
  return message('D', Buffer.concat([int16(1), int32(length ?? bytes.length), bytes]))
}
const done = Buffer.concat([message('C', 'SELECT 1\0'), message('Z', 'I')])
const INT4 = 23
const JSON_TYPE = 114

/** Lets in, does as it is told in the transaction, and answers the statement by that. */
function speaking(answer: (socket: Socket) => void): (socket: Socket) => void {
  return (socket) => {
    socket.on('error', () => socket.destroy())
    socket.once('data', () => socket.write(LET_IN))
    socket.on('data', (asked: Buffer) => {
      // A simple query is BEGIN or ROLLBACK; an extended one begins with Parse.
      if (asked[0] === 0x51) socket.write(Buffer.concat([message('C', 'BEGIN\0'), message('C', 'SET\0'), message('Z', 'T')]))
      else if (asked[0] === 0x50) answer(socket)
    })
  }
}

const answering = (...messages: Buffer[]): ((socket: Socket) => void) =>
  speaking((socket) => socket.write(Buffer.concat([message('1'), message('2'), ...messages])))
const greeting =
  (attack: (socket: Socket) => void): ((socket: Socket) => void) =>
  (socket) => {
    socket.on('error', () => socket.destroy())
    socket.once('data', () => attack(socket))
  }

const specAt = (port: number): PostgresSpec => ({
  host: '127.0.0.1',
  port,
  database: 'app',
  user: 'app',
  password: { env: 'UNUSED' },
  ssl: false,
})

const DEADLINE_MS = 500

function against(name: string, attack: (socket: Socket) => void, outcome: HostileCase['outcome'], says: RegExp): HostileCase {
  return {
    name,
    outcome,
    says,
    async probe(arena) {
      const { port } = await arena.serve(attack)
      return sql(specAt(port), {
        operation: 'SELECT the events',
        text: 'SELECT 1 AS n',
        row: z.strictObject({ n: z.int() }),
        deadlineMs: DEADLINE_MS,
      })
    },
  }
}

function loggingIn(name: string, attack: (socket: Socket) => void, outcome: HostileCase['outcome'], says: RegExp): HostileCase {
  return {
    name,
    outcome,
    says,
    async probe(arena) {
      const { port } = await arena.serve(attack)
      return login(specAt(port), { password: { wrong: 'not-the-password' }, deadlineMs: DEADLINE_MS })
    },
  }
}

const secrets = { 'postgres.password': 'correct-horse-battery' }

hostile('a PostgreSQL that is asked', { secrets, judge: (rows) => expect(rows).toEqual([{ n: 1 }]) }, [
  against(
    'a message of 2 GB',
    greeting((socket) => {
      socket.write(message('R', '', 0x7fffffff))
      endless(socket, 'x')
    }),
    'unobserved',
    /more than|no answer|closed/,
  ),
  against(
    'a message of negative length',
    greeting((socket) => endless(socket, message('R', '', -1))),
    'unobserved',
    /./,
  ),
  against(
    'bytes that are no message',
    greeting((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    'unobserved',
    /./,
  ),
  against(
    'notices without end',
    greeting((socket) => endless(socket, message('N', 'SNOTICE\0Mnothing\0\0'))),
    'unobserved',
    /more than|no answer|never/,
  ),
  against(
    'parameters without end',
    greeting((socket) => endless(socket, message('S', `name\0${'x'.repeat(1_000)}\0`))),
    'unobserved',
    /more than|no answer|never/,
  ),
  against(
    'a greeting that drips',
    greeting((socket) => dripping(socket, 'R\0\0\0\x08\0\0\0\0')),
    'unobserved',
    /./,
  ),
  against(
    'an authentication that nobody knows',
    greeting((socket) => socket.write(message('R', int32(99)))),
    'unobserved',
    /./,
  ),
  against(
    'a password asked for with two thousand million rounds',
    greeting((socket) => {
      socket.write(message('R', Buffer.concat([int32(10), Buffer.from('SCRAM-SHA-256\0\0')])))
      socket.once('data', (first: Buffer) => {
        const nonce = /r=([^,]+)/.exec(first.toString())?.[1] ?? ''
        socket.write(message('R', Buffer.concat([int32(11), Buffer.from(`r=${nonce}more,s=c2FsdA==,i=2000000000`)])))
      })
    }),
    'unobserved',
    /iteration count 2000000000 exceeds/,
  ),
  against(
    'an error that steers the terminal',
    greeting((socket) => socket.end(failure(POISON.replaceAll('\0', '')))),
    'unobserved',
    /owned/,
  ),
  against(
    'an error without a text',
    greeting((socket) => socket.end(message('E', '\0'))),
    'unobserved',
    /./,
  ),
  against(
    'a session that is closed before it is one',
    greeting((socket) => socket.end(message('R', int32(0)))),
    'unobserved',
    /closed|broken|terminated/,
  ),
  against(
    'rows without end',
    speaking((socket) => {
      socket.write(Buffer.concat([message('1'), message('2'), column('n', INT4)]))
      endless(socket, row('1'))
    }),
    'unobserved',
    /more than|no answer/,
  ),
  against(
    'a value without end',
    speaking((socket) => {
      socket.write(Buffer.concat([message('1'), message('2'), column('n', INT4), message('D', int16(1), 0x7fffffff)]))
      endless(socket, 'x')
    }),
    'unobserved',
    /more than|no answer/,
  ),
  against('a value of negative length', answering(column('n', INT4), row('', -7), done), 'unobserved', /./),
  against('a value that is longer than its message', answering(column('n', INT4), row('1', 1_000_000), done), 'passed', /./),
  against('a million columns', answering(message('T', int16(-1)), row('1'), done), 'unobserved', /./),
  against('a whole number that is none', answering(column('n', INT4), row('NaN'), done), 'unobserved', /another shape/),
  against('a number beyond all numbers', answering(column('n', INT4), row('9'.repeat(400)), done), 'unobserved', /another shape/),
  against(
    'a column that would be a prototype',
    answering(column('__proto__', INT4), row('1'), done),
    'unobserved',
    /another shape/,
  ),
  against('JSON that is none', answering(column('n', JSON_TYPE), row('{"a":'), done), 'unobserved', /./),
  against(
    'JSON a hundred thousand levels deep',
    answering(column('n', JSON_TYPE), row('['.repeat(100_000) + ']'.repeat(100_000)), done),
    'unobserved',
    /./,
  ),
  against('text that steers the terminal', answering(column('n', 25), row(POISON), done), 'unobserved', /another shape/),
  against(
    'bytes that are no UTF-8',
    answering(column('n', 25), row(Buffer.from([0xff, 0xc0, 0x80])), done),
    'unobserved',
    /another shape/,
  ),
  against('a row before there are columns', answering(row('1'), done), 'unobserved', /./),
  against('no row at all', answering(column('n', INT4), done), 'failed', /n/),
  against(
    'a session that breaks within a row',
    speaking((socket) => socket.end(Buffer.concat([message('1'), message('2'), column('n', INT4), row('1').subarray(0, 6)]))),
    'unobserved',
    /./,
  ),
])

hostile(
  'a PostgreSQL that is logged in to',
  { judge: (answer) => expect(answer).toMatchObject({ accepted: false, code: '28P01' }) },
  [
    loggingIn(
      'it lets in whoever comes',
      greeting((socket) => socket.write(LET_IN)),
      'failed',
      /accepted/,
    ),
    loggingIn(
      'a message of 2 GB',
      greeting((socket) => {
        socket.write(message('R', '', 0x7fffffff))
        endless(socket, 'x')
      }),
      'unobserved',
      /./,
    ),
    loggingIn(
      'a refusal that steers the terminal',
      greeting((socket) => socket.end(failure(POISON.replaceAll('\0', ''), '28P01'))),
      'passed',
      /./,
    ),
    loggingIn(
      'a code of another length',
      greeting((socket) => socket.end(failure('no', `28P01${'x'.repeat(1_000)}`))),
      'unobserved',
      /./,
    ),
  ],
)
