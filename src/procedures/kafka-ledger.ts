import { fetchFrom, offsetsAt } from '../probes/kafka-fetch.ts'
import { until } from '../wait.ts'
import type { OwnLedgerStore, TokenEntry } from './drill-stage.ts'

export interface KafkaLedgerOptions {
  /** `host:port` of each bootstrap broker. */
  readonly brokers: readonly string[]
  readonly replicationFactor: number
  /** A topic that nobody else uses: it is made here, and deleted by `close`. */
  readonly topic: string
  /** Further topics that are made and deleted with it, and not read. */
  readonly besides?: readonly string[]
  /** What token a message's value holds; undefined where it is nobody's. */
  readonly tokenOf: (value: string) => TokenEntry | undefined
  readonly signal: AbortSignal
}

const REQUEST_MS = 10_000
/** How long a new topic may be without a leader, and a message within the end offset out of reach. */
const SETTLED_MS = 10_000
const POLL_MS = 20
/** The protocol's word for: the offset behind the last message. */
const LATEST = -1n

/** A topic of one partition as a place of tokens. Every reading fetches only what came since the one before it. */
export async function openKafkaLedger(options: KafkaLedgerOptions): Promise<OwnLedgerStore> {
  const { brokers, replicationFactor, topic, besides = [], tokenOf, signal } = options
  const kafka = await import('@platformatic/kafka')
  const clientId = `runbook-ledger-${topic}`
  const client = {
    clientId,
    bootstrapBrokers: [...brokers],
    timeout: REQUEST_MS,
    connectTimeout: REQUEST_MS,
    autocreateTopics: false,
  }
  const admin = new kafka.Admin(client)
  // A consumer must name a group; it never joins it, since it only fetches.
  const consumer = new kafka.Consumer<Buffer, Buffer, Buffer, Buffer>({ ...client, groupId: clientId })
  const waiting = { deadlineMs: SETTLED_MS, everyMs: POLL_MS, signal }
  const values = new Map<number, string>()
  let next = 0n
  const hangUp = async (): Promise<void> => {
    await Promise.all([consumer.close(), admin.close()])
  }
  const remove = async (): Promise<void> => {
    try {
      await admin.deleteTopics({ topics: [topic, ...besides] })
    } finally {
      await hangUp()
    }
  }
  /** Fetches on to that offset. @throws Error where the broker withholds messages that it counted. */
  const fetchUpTo = async (end: bigint): Promise<void> => {
    const fetched = await until(
      async () => {
        const messages = next < end ? await fetchFrom(consumer, topic, new Map([[0, next]])) : []
        for (const { offset, value } of messages) {
          values.set(offset, value)
          if (BigInt(offset) >= next) next = BigInt(offset) + 1n
        }
        return next
      },
      (offset) => offset >= end,
      waiting,
    )
    if (fetched < end) throw new Error(`topic ${topic} ends at ${end} and gave nothing beyond ${fetched} within ${SETTLED_MS} ms`)
  }
  try {
    await admin.createTopics({ topics: [topic, ...besides], partitions: 1, replicas: replicationFactor })
    for (const one of [topic, ...besides])
      await led(() => admin.metadata({ topics: [one], forceUpdate: true, autocreateTopics: false }), one, waiting)
  } catch (error) {
    await hangUp()
    throw error
  }
  return {
    name: 'kafka',
    takenBack: false,
    async read() {
      await fetchUpTo((await offsetsAt(admin, topic, LATEST)).get(0) ?? 0n)
      return [...values.values()].flatMap((value) => tokenOf(value) ?? [])
    },
    close: remove,
  }
}

type Metadata = { readonly topics: ReadonlyMap<string, { readonly partitions: Record<number, { readonly leader: number }> }> }

/** Waits until the topic takes messages. @throws Error where it does not. */
async function led(ask: () => Promise<Metadata>, topic: string, waiting: Parameters<typeof until>[2]): Promise<void> {
  const leader = await until(
    async () => {
      // A topic without a leader is an error to this client, and to us a reason to ask again.
      const [answer] = await Promise.allSettled([ask()])
      return answer.status === 'fulfilled' ? answer.value.topics.get(topic)?.partitions[0]?.leader : undefined
    },
    (id) => id !== undefined && id >= 0,
    waiting,
  )
  if (leader === undefined || leader < 0) throw new Error(`topic ${topic} had no leader ${SETTLED_MS} ms after it was made`)
}
