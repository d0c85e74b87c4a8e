import { z } from 'zod'
import type { Probe, ProbeTemplate, Session } from '../probe.ts'
import type { KafkaSpec } from '../targets/schema.ts'
import { GRACE_MS } from './deadline.ts'
import { shaped } from './kafka-answers.ts'
import { type KafkaClients, kafkaAddress, withKafka } from './kafka-client.ts'
import { fetchFrom, type KafkaMessage, offsetsAt, searchFrom } from './kafka-fetch.ts'
import { commandConfig } from './kafka-security.ts'
import { quote } from './reproduce.ts'

export type { KafkaMessage } from './kafka-fetch.ts'

const DEADLINE_MS = 10_000
/** The acknowledgement that waits for every replica in sync. */
const ALL_IN_SYNC = -1

export interface KafkaMessagesOptions {
  readonly topic: string
  readonly system?: string
  readonly deadlineMs?: number
  /** More messages than these are not kept. */
  readonly max?: number
}

export interface KafkaSearch {
  /** Messages with an older stamp are not read. */
  readonly since: Date
  /** What the value of a message must hold; the first that does is enough. Absent: every message. */
  readonly text?: string
}

/**
 * The messages of a topic, all or the first that holds a text, read without joining a group, so that nobody's offsets move. What is
 * there is returned at once; who waits for a message asks again.
 */
export function kafkaMessages(spec: KafkaSpec, options: KafkaMessagesOptions): ProbeTemplate<KafkaSearch, KafkaMessage[]> {
  const { topic, system = 'kafka', deadlineMs = DEADLINE_MS, max = 1_000 } = options
  const access = {
    system,
    address: kafkaAddress(spec),
    operation: `read ${topic}`,
    effect: 'read' as const,
    reproduce: `kafka-console-consumer.sh --bootstrap-server ${quote(kafkaAddress(spec))}${commandConfig(spec, '--consumer.config')} --topic ${quote(topic)} --from-beginning --timeout-ms 5000`,
  }
  return {
    access,
    with: ({ since, text }) => ({
      kind: 'kafka-messages',
      access,
      deadlineMs: deadlineMs + GRACE_MS,
      variant: `${since.toISOString()} ${text ?? ''}`,
      async read(session) {
        const value = await withKafka(session, spec, deadlineMs, async (clients) => {
          const begins = await offsetsAt(clients.admin(), topic, BigInt(since.getTime()))
          const consumer = clients.consumer()
          return searchFrom((from) => fetchFrom(consumer, topic, from), begins, {
            isWanted: ({ value }) => text === undefined || value.includes(text),
            most: text === undefined ? max : 1,
          })
        })
        return { value, raw: value.map((message) => JSON.stringify(message)).join('\n') }
      },
    }),
  }
}

/** What became of a marked message, and how long each half of its way took, in milliseconds. */
export interface KafkaRoundTrip {
  readonly partition: number
  readonly offset: number
  readonly publishMs: number
  /** Null where it was not found within the deadline. */
  readonly returnMs: number | null
}

export interface KafkaRoundTripOptions {
  readonly topic: string
  /** The message's key and value; both must tell consumers that it is synthetic. */
  readonly key: string
  readonly value: string
  readonly system?: string
  readonly deadlineMs?: number
}

/** Publishes one marked message and reads it back at the offset that the broker gave it. */
export function kafkaRoundTrip(spec: KafkaSpec, options: KafkaRoundTripOptions): Probe<KafkaRoundTrip> {
  const { topic, key, value: body, system = 'kafka', deadlineMs = DEADLINE_MS } = options
  return {
    kind: 'kafka-round-trip',
    access: {
      system,
      address: kafkaAddress(spec),
      operation: `publish one marked message to ${topic} and read it back`,
      effect: 'synthetic-write',
      reproduce: `echo ${quote(`${key}:${body}`)} | kafka-console-producer.sh --bootstrap-server ${quote(kafkaAddress(spec))}${commandConfig(spec, '--producer.config')} --topic ${quote(topic)} --property parse.key=true --property key.separator=:`,
    },
    deadlineMs: deadlineMs + GRACE_MS,
    variant: key,
    async read(session) {
      const value = await withKafka(session, spec, deadlineMs, (clients) => goRound(clients, session, { topic, key, body }))
      return { value, raw: JSON.stringify(value) }
    },
  }
}

export interface KafkaPublishOptions extends KafkaRoundTripOptions {
  /** How many messages are published, one after the other. */
  readonly samples: number
}

/** Milliseconds that each of so many marked messages took to be acknowledged by all replicas in sync, on a warm connection. */
export function kafkaPublishTimes(spec: KafkaSpec, options: KafkaPublishOptions): Probe<number[]> {
  const { samples, deadlineMs = 30_000, topic, key, value: body } = options
  const { access, variant } = kafkaRoundTrip(spec, options)
  return {
    kind: 'kafka-publish',
    access: { ...access, operation: `publish ${samples} marked messages to ${topic}` },
    deadlineMs: deadlineMs + GRACE_MS,
    ...(variant === undefined ? {} : { variant }),
    async read(session) {
      const value = await withKafka(session, spec, deadlineMs, (clients) =>
        publishAll(clients, session, { topic, key, body }, samples),
      )
      return { value, raw: value.map((ms) => ms.toFixed(3)).join(' ') }
    },
  }
}

async function publishAll(clients: KafkaClients, session: Session, marked: Marked, samples: number): Promise<number[]> {
  const producer = clients.producer()
  // The first one finds leader and connection and is not counted.
  await publish(producer, session, marked)
  const times: number[] = []
  for (let sample = 0; sample < samples; sample += 1) {
    const start = performance.now()
    await publish(producer, session, marked)
    times.push(performance.now() - start)
  }
  return times
}

async function publish(producer: ReturnType<KafkaClients['producer']>, session: Session, { topic, key, body }: Marked) {
  const headers = new Map([[Buffer.from('runbook'), Buffer.from(session.runId)]])
  const message = { topic, key: Buffer.from(key), value: Buffer.from(body), headers }
  const { offsets } = await producer.send({ messages: [message], acks: ALL_IN_SYNC })
  return shaped(producedSchema, offsets ?? [], 'answer to a message')[0]
}

interface Marked {
  readonly topic: string
  readonly key: string
  readonly body: string
}

async function goRound(clients: KafkaClients, session: Session, marked: Marked): Promise<KafkaRoundTrip> {
  const start = performance.now()
  const stored = await publish(clients.producer(), session, marked)
  const published = performance.now()
  const found = await fetchFrom(clients.consumer(), marked.topic, new Map([[stored.partition, stored.offset]]))
  const isBack = found.some(({ offset, value }) => offset === Number(stored.offset) && value === marked.body)
  const returnMs = isBack ? performance.now() - published : null
  return { partition: stored.partition, offset: Number(stored.offset), publishMs: published - start, returnMs }
}

const producedSchema = z.tuple([z.object({ partition: z.int(), offset: z.bigint() })]).rest(z.unknown())
