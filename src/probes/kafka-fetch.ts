import type { Admin, Consumer } from '@platformatic/kafka'
import { z } from 'zod'
import { shaped } from './kafka-answers.ts'

/** One message of a topic, as text. */
export interface KafkaMessage {
  readonly partition: number
  readonly offset: number
  /** Milliseconds since 1970, as the producer or the broker stamped it. */
  readonly timestamp: number
  readonly key: string
  readonly value: string
  readonly headers: Readonly<Record<string, string>>
}

/** How long one fetch may wait for a message, in milliseconds. */
const MAX_WAIT_MS = 100
const MAX_BYTES = 1024 * 1024
/** The first offset at or after a time, by partition; the end of a partition that has nothing so new. */
export async function offsetsAt(admin: Admin, topic: string, timestamp: bigint): Promise<Map<number, bigint>> {
  const metadata = await admin.metadata({ topics: [topic], forceUpdate: true, autocreateTopics: false })
  const count = metadata.topics.get(topic)?.partitions.length ?? 0
  const ask = (at: bigint) => {
    const partitions = Array.from({ length: count }, (_, partitionIndex) => ({ partitionIndex, timestamp: at }))
    return admin.listOffsets({ topics: [{ name: topic, partitions }] })
  }
  const partitionsOf = (listed: Awaited<ReturnType<typeof ask>>) => listed.flatMap(({ partitions }) => partitions)
  const begins = partitionsOf(await ask(timestamp)).filter(({ offset }) => offset >= 0n)
  return new Map(begins.map(({ partitionIndex, offset }) => [partitionIndex, offset]))
}

/** What lies in these partitions from these offsets on, in one fetch from each leader. */
export async function fetchFrom(
  consumer: Consumer<Buffer, Buffer, Buffer, Buffer>,
  topic: string,
  begins: ReadonlyMap<number, bigint>,
): Promise<KafkaMessage[]> {
  consumer.topics.track(topic)
  const metadata = await consumer.metadata({ topics: [topic], forceUpdate: true, autocreateTopics: false })
  const described = metadata.topics.get(topic)
  if (described === undefined) return []
  const byLeader = Map.groupBy(begins, ([partition]) => described.partitions[partition]?.leader ?? -1)
  const messages: KafkaMessage[] = []
  for (const [node, partitions] of byLeader) {
    const topics = [{ topicId: described.id, partitions: partitions.map(fetchRequest) }]
    const { responses } = await consumer.fetch({ node, topics, minBytes: 1, maxBytes: MAX_BYTES, maxWaitTime: MAX_WAIT_MS })
    messages.push(...messagesOf(responses, begins))
  }
  return messages.sort((left, right) => left.timestamp - right.timestamp)
}

/** Page after page until so much of what is wanted was found, or no further page comes. Only what is wanted is kept, however much was written since. */
export async function searchFrom(
  page: (begins: ReadonlyMap<number, bigint>) => Promise<readonly KafkaMessage[]>,
  begins: ReadonlyMap<number, bigint>,
  { isWanted, most }: { readonly isWanted: (message: KafkaMessage) => boolean; readonly most: number },
): Promise<KafkaMessage[]> {
  const next = new Map(begins)
  const found: KafkaMessage[] = []
  for (;;) {
    const messages = await page(next)
    found.push(...messages.filter(isWanted))
    if (found.length >= most || messages.length === 0) return found.slice(0, most)
    for (const { partition, offset } of messages)
      if (BigInt(offset) >= (next.get(partition) ?? 0n)) next.set(partition, BigInt(offset) + 1n)
  }
}

function fetchRequest([partition, fetchOffset]: readonly [number, bigint]) {
  return { partition, fetchOffset, currentLeaderEpoch: -1, lastFetchedEpoch: -1, partitionMaxBytes: MAX_BYTES }
}

const recordSchema = z.object({
  timestampDelta: z.bigint(),
  offsetDelta: z.int(),
  key: z.instanceof(Buffer).nullable(),
  value: z.instanceof(Buffer).nullable(),
  headers: z.array(z.tuple([z.instanceof(Buffer).nullable(), z.instanceof(Buffer).nullable()])),
})
const responsesSchema = z.array(
  z.object({
    partitions: z.array(
      z.object({
        partitionIndex: z.int(),
        records: z
          .array(z.object({ firstOffset: z.bigint(), firstTimestamp: z.bigint(), records: z.array(recordSchema) }))
          .nullish(),
      }),
    ),
  }),
)

/** Record batches as messages. A batch is sent whole, so that what lies before the offset asked for is dropped here. @throws Unobserved */
export function messagesOf(responses: unknown, begins: ReadonlyMap<number, bigint>): KafkaMessage[] {
  return shaped(responsesSchema, responses, 'fetched records').flatMap(({ partitions }) =>
    partitions.flatMap(({ partitionIndex, records: batches }) =>
      (batches ?? []).flatMap(({ firstOffset, firstTimestamp, records }) =>
        records
          .map((record) => ({
            partition: partitionIndex,
            offset: Number(firstOffset) + record.offsetDelta,
            timestamp: Number(firstTimestamp + record.timestampDelta),
            key: textOf(record.key),
            value: textOf(record.value),
            headers: Object.fromEntries(record.headers.map(([name, value]) => [textOf(name), textOf(value)])),
          }))
          .filter(({ offset }) => offset >= Number(begins.get(partitionIndex) ?? 0n)),
      ),
    ),
  )
}

function textOf(bytes: Buffer | null): string {
  return bytes?.toString('utf8') ?? ''
}
