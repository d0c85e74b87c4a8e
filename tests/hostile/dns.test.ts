import type { Socket } from 'node:net'
import { expect } from 'vitest'
import { type DnsAnswer, dnsAnswer } from '../../src/probes/dns.ts'
import { endless } from '../support/hostile/arena.ts'
import { type HostileCase, hostile } from '../support/hostile/cases.ts'
import { answered, nameOf, nameServer, type Question, record } from '../support/hostile/name-server.ts'

const A = 1
const CNAME = 5
const TXT = 16
const HERE = Buffer.from([127, 0, 0, 1])
const TRUNCATED = 0x8780

type Reply = (asked: Question) => readonly Buffer[]

function lying(
  name: string,
  reply: Reply,
  outcome: HostileCase['outcome'],
  says = /./,
  overTcp?: (socket: Socket) => void,
): HostileCase {
  return {
    name,
    outcome,
    says,
    async probe(arena) {
      const { server } = arena.use(await nameServer(reply, overTcp))
      return dnsAnswer({ name: 'hooks.example.test', server, deadlineMs: 800 })
    },
  }
}

const SELF = Buffer.from([0xc0, 0x0c])

hostile<DnsAnswer>(
  'a name server',
  {
    judge({ status, a, aliases }) {
      expect(status).toBe('found')
      expect(a.map(({ address }) => address)).toEqual(['127.0.0.1'])
      expect(aliases).toEqual([])
    },
  },
  [
    lying('silence', () => [], 'unobserved', /did not answer/),
    lying('a name that is its own alias', (asked) => [answered(asked, [record(CNAME, SELF)])], 'failed'),
    lying(
      'aliases in a circle',
      (asked) => [answered(asked, [record(CNAME, nameOf('other', 'test')), record(A, HERE)])],
      'failed',
    ),
    lying(
      'a pointer to itself',
      (asked) => [Buffer.concat([asked.id, Buffer.from([0x85, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]), SELF, Buffer.from([0, 1, 0, 1])])],
      'failed',
    ),
    lying(
      'another question',
      (asked) => [
        answered({ ...asked, question: Buffer.concat([nameOf('else', 'test'), Buffer.from([0, 1, 0, 1])]) }, [record(A, HERE)]),
      ],
      'unobserved',
    ),
    lying(
      'an answer of another id',
      (asked) => [answered({ ...asked, id: Buffer.from([1, 2]) }, [record(A, HERE)])],
      'unobserved',
    ),
    lying(
      'a thousand wrong answers and no right one',
      (asked) =>
        Array.from({ length: 1_000 }, (_, at) => answered({ ...asked, id: Buffer.from([at >> 8, at & 255]) }, [record(A, HERE)])),
      'unobserved',
    ),
    lying('an address of three bytes', (asked) => [answered(asked, [record(A, HERE.subarray(0, 3))])], 'failed'),
    lying('a record that is longer than the answer', (asked) => [answered(asked, [record(A, HERE, 300, 60_000)])], 'failed'),
    lying('half a header', (asked) => [asked.id], 'failed'),
    lying('an empty datagram', () => [Buffer.alloc(0)], 'unobserved'),
    lying('bytes that are no answer', () => [Buffer.alloc(60_000, 0xff)], 'failed'),
    lying(
      'an alias that steers the terminal',
      (asked) => [answered(asked, [record(CNAME, nameOf('\u001b[31m', '<img src=x>', 'test'))])],
      'failed',
    ),
    lying('a TTL beyond all times', (asked) => [answered(asked, [record(A, HERE, 0xffffffff)])], 'failed'),
    lying(
      'three thousand addresses',
      (asked) => [
        answered(
          asked,
          Array.from({ length: 3_000 }, () => record(A, HERE)),
        ),
      ],
      'failed',
    ),
    lying(
      'text of sixty kilobytes instead',
      (asked) => [
        answered(
          asked,
          Array.from({ length: 230 }, () => record(TXT, Buffer.alloc(256, 255))),
        ),
      ],
      'failed',
    ),
    lying('a promise of more over TCP, and none there', (asked) => [answered(asked, [], TRUNCATED)], 'unobserved'),
    lying(
      'a promise of more over TCP, and no end there',
      (asked) => [answered(asked, [], TRUNCATED)],
      'failed',
      /./,
      (socket) => endless(socket, Buffer.from([0xff, 0xff, 0, 0])),
    ),
    lying(
      'a promise of more over TCP, and silence there',
      (asked) => [answered(asked, [], TRUNCATED)],
      'unobserved',
      /./,
      (socket) => socket.resume(),
    ),
    lying('refusal', (asked) => [answered(asked, [], 0x8585)], 'failed', /refused/),
  ],
)
