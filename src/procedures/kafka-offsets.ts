import type { Manifest } from './manifest.ts'

const REQUEST_MS = 10_000
/** The protocol's word for: the offset behind the last message. */
const LATEST = -1n
/** Topics that the brokers keep for themselves. */
const INTERNAL = /^__/

/** The end offset of every partition of every topic, internal ones apart: how far the events had come when a backup was taken. */
export async function kafkaOffsets(brokers: readonly string[]): Promise<NonNullable<Manifest['kafka']>> {
  const { Admin } = await import('@platformatic/kafka')
  const admin = new Admin({
    clientId: 'runbook-backup',
    bootstrapBrokers: [...brokers],
    timeout: REQUEST_MS,
    connectTimeout: REQUEST_MS,
  })
  try {
    const names = (await admin.listTopics()).filter((name) => !INTERNAL.test(name))
    const { topics } = await admin.metadata({ topics: names })
    const asked = [...topics].map(([name, { partitions }]) => ({
      name,
      partitions: Object.keys(partitions).map((index) => ({ partitionIndex: Number(index), timestamp: LATEST })),
    }))
    if (asked.length === 0) return { topics: [] }
    const listed = await admin.listOffsets({ topics: asked })
    const ends = listed.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, offset }) => ({ name, partition: partitionIndex, offset: Number(offset) })),
    )
    return { topics: ends.toSorted((a, b) => a.name.localeCompare(b.name) || a.partition - b.partition) }
  } finally {
    await admin.close()
  }
}
