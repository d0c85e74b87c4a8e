import type { Socket } from 'node:net'
import { beforeAll, expect } from 'vitest'
import { z } from 'zod'
import { redis, redisInfo, redisLogin } from '../../src/probes/redis.ts'
import { dripping, endless } from '../support/hostile/arena.ts'
import { type HostileCase, hostile } from '../support/hostile/cases.ts'
import { POISON } from '../support/hostile/poison.ts'

const secrets = { 'redis.password': 'correct-horse-battery' }
const specAt = (port: number) => ({ host: '127.0.0.1', port, password: { env: 'UNUSED' } })

/** Lets in whoever comes, and answers the first real command by that. */
function speaking(answer: (socket: Socket) => void): (socket: Socket) => void {
  return (socket) => {
    socket.on('error', () => socket.destroy())
    socket.on('data', (asked: Buffer) => {
      if (/AUTH|CLIENT/.test(asked.toString())) socket.write('+OK\r\n'.repeat(asked.toString().match(/^\*\d+\r$/gm)?.length ?? 1))
      else answer(socket)
    })
  }
}

function against(name: string, attack: (socket: Socket) => void, outcome: HostileCase['outcome'], says: RegExp): HostileCase {
  return {
    name,
    outcome,
    says,
    async probe(arena) {
      const { port } = await arena.serve(attack)
      return redis(specAt(port), { command: 'DBSIZE', reply: z.int().min(0), deadlineMs: 500 })
    },
  }
}

function says(name: string, reply: string | Buffer, outcome: HostileCase['outcome'], reason: RegExp): HostileCase {
  return against(
    name,
    speaking((socket) => socket.write(reply)),
    outcome,
    reason,
  )
}

// Loading the client must not count against the first case's limit.
beforeAll(() => import('@redis/client'))

hostile(
  'a Redis',
  { secrets, judge: (size) => expect(typeof size === 'number' ? size : JSON.stringify(size), 'redis_version').toBe(1) },
  [
    says('a bulk string of 2 GB', '$2147483647\r\nxx', 'unobserved', /no answer|more than/),
    against(
      'the same, and it comes',
      speaking((socket) => {
        socket.write('$2147483647\r\n')
        endless(socket, 'x')
      }),
      'unobserved',
      /no answer|more than/,
    ),
    against(
      'a line without end',
      speaking((socket) => {
        socket.write('+')
        endless(socket, 'x')
      }),
      'unobserved',
      /no answer|more than/,
    ),
    against(
      'a number without end',
      speaking((socket) => {
        socket.write(':')
        endless(socket, '9')
      }),
      'unobserved',
      /./,
    ),
    says('a string of negative length', '$-5\r\n', 'unobserved', /./),
    says('a list of two thousand million', '*2147483647\r\n', 'unobserved', /./),
    says('a list longer than any', '*99999999999999\r\n', 'unobserved', /./),
    says('a list of negative length', '*-7\r\n', 'unobserved', /./),
    says('lists ten thousand levels deep', '*1\r\n'.repeat(10_000), 'unobserved', /./),
    says('a type that nobody knows', '^what\r\n', 'unobserved', /./),
    says('an answer of another type', '+PONG\r\n', 'unobserved', /another shape/),
    says('a number that is none', ':one\r\n', 'failed', /./),
    says('a number beyond all numbers', `:${'9'.repeat(400)}\r\n`, 'unobserved', /./),
    says('an error that steers the terminal', `-NOPERM ${POISON.replaceAll(/[\r\n]/g, ' ')}\r\n`, 'unobserved', /owned/),
    says('an error without a code', '-\r\n', 'unobserved', /./),
    says('more answers than questions', ':1\r\n:2\r\n:3\r\n', 'passed', /./),
    says('the answer of a web server', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'unobserved', /./),
    against('answers nobody asked for, without end', (socket) => endless(socket, '+OK\r\n'), 'unobserved', /./),
    against(
      'an answer that drips',
      speaking((socket) => dripping(socket, '$9\r\n')),
      'unobserved',
      /./,
    ),
    against(
      'a connection that ends at the question',
      speaking((socket) => socket.destroy()),
      'unobserved',
      /closed|reset|broken/,
    ),
    {
      name: 'fields that would be a prototype',
      outcome: 'failed',
      says: /redis_version/,
      async probe(arena) {
        const { port } = await arena.serve(
          speaking((socket) => socket.write('$34\r\n__proto__:x\r\nconstructor:y\r\nx:1\r\n\r\n')),
        )
        return redisInfo(specAt(port), 'server')
      },
    },
    {
      name: 'a login that is answered by a flood',
      outcome: 'unobserved',
      says: /./,
      async probe(arena) {
        const { port } = await arena.serve((socket) => endless(socket, '$2147483647\r\nxxxxxxxx'))
        return redisLogin(specAt(port), { password: { wrong: 'not-the-password' }, deadlineMs: 500 })
      },
    },
  ],
)
