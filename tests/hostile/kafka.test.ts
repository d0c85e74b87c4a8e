import type { Socket } from 'node:net'
import { beforeAll, expect } from 'vitest'
import type { Probe } from '../../src/probe.ts'
import { type KafkaCluster, kafkaCluster } from '../../src/probes/kafka.ts'
import { dripping, endless, onceAsked } from '../support/hostile/arena.ts'
import { type HostileCase, hostile } from '../support/hostile/cases.ts'
import { POISON } from '../support/hostile/poison.ts'
import { startBroker } from '../support/kafka-broker.ts'

/** The observer's own limit; the probe's is for a real cluster. */
const LIMIT_MS = 700
const within = <T>(probe: Probe<T>): Probe<T> => ({ ...probe, deadlineMs: LIMIT_MS })
const at = (port: number) => within(kafkaCluster({ brokers: [`127.0.0.1:${port}`], replicationFactor: 1, overrides: {} }))

function against(name: string, attack: (socket: Socket) => void, outcome: HostileCase['outcome'], says: RegExp): HostileCase {
  return { name, outcome, says, probe: async (arena) => at((await arena.serve(attack)).port) }
}

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

/** A frame that answers the question asked, with that body. */
function replying(body: Buffer): (socket: Socket) => void {
  return onceAsked((socket, asked) => {
    const correlation = asked.subarray(8, 12)
    socket.write(Buffer.concat([int32(4 + body.length), correlation, body]))
  })
}

function advertising(
  name: string,
  topics: Parameters<typeof startBroker>[0]['topics'],
  outcome: HostileCase['outcome'],
  says: RegExp,
  host = '127.0.0.1',
): HostileCase {
  return {
    name,
    outcome,
    says,
    async probe(arena) {
      const broker = arena.use(await startBroker({ topics, ...(host === '127.0.0.1' ? {} : { advertised: { host, port: 1 } }) }))
      return at(broker.port)
    },
  }
}

const PARTITION = { leader: 1, replicas: [1], isr: [1] }

// Loading the client must not count against the first case's limit.
beforeAll(() => import('@platformatic/kafka'))

hostile<KafkaCluster>('a Kafka broker', { judge: ({ topics }) => expect(topics.map(({ name }) => name)).toEqual(['events']) }, [
  against(
    'a frame of 2 GB',
    onceAsked((socket) => socket.write(int32(0x7fffffff))),
    'unobserved',
    /./,
  ),
  against(
    'the same, and it comes',
    onceAsked((socket) => {
      socket.write(int32(0x7fffffff))
      endless(socket, 'x')
    }),
    'unobserved',
    /./,
  ),
  against(
    'a frame of negative length',
    onceAsked((socket) => socket.write(Buffer.concat([int32(-1), int32(0), Buffer.alloc(64)]))),
    'unobserved',
    /./,
  ),
  against(
    'an empty frame',
    onceAsked((socket) => socket.write(int32(0))),
    'unobserved',
    /./,
  ),
  against(
    'frames that nobody asked for, without end',
    (socket) => endless(socket, Buffer.concat([int32(8), int32(4711), int32(0)])),
    'unobserved',
    /./,
  ),
  against(
    'a frame that drips',
    onceAsked((socket) => dripping(socket, '\0\0\0\x40')),
    'unobserved',
    /./,
  ),
  against(
    'another protocol',
    onceAsked((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    'unobserved',
    /./,
  ),
  against(
    'random bytes without end',
    onceAsked((socket) => endless(socket, Buffer.from(Array.from({ length: 4_096 }, (_, index) => (index * 7919) % 251)))),
    'unobserved',
    /./,
  ),
  against(
    'a list of two thousand million versions',
    replying(Buffer.concat([Buffer.alloc(2), Buffer.from([0xff, 0xff, 0xff, 0xff, 0x07]), Buffer.alloc(16)])),
    'unobserved',
    /./,
  ),
  against('an answer that breaks off within a number', replying(Buffer.from([0, 0, 0x80])), 'unobserved', /./),
  against('a number without end', replying(Buffer.concat([Buffer.alloc(2), Buffer.alloc(64, 0xff)])), 'unobserved', /./),
  against(
    'an error that nobody knows',
    replying(Buffer.concat([Buffer.from([0x7f, 0xff]), Buffer.alloc(16)])),
    'unobserved',
    /./,
  ),
  against(
    'a connection that is reset at the question',
    onceAsked((socket) => socket.resetAndDestroy()),
    'unobserved',
    /./,
  ),
  against('silence', (socket) => socket.resume(), 'unobserved', /no answer/),
  advertising('topics that steer the terminal', { [POISON]: [PARTITION] }, 'failed', /./),
  advertising('a topic that would be a prototype', JSON.parse('{"__proto__":[]}'), 'failed', /./),
  advertising('a broker that sends the client elsewhere', { events: [PARTITION] }, 'passed', /./, POISON.slice(0, 40)),
])
