import type { KafkaSpec } from '../schema.ts'

const REQUEST_MS = 10_000
const PARTITIONS = 3

/** Makes the topics, which no mention may make by itself. */
export async function createTopics({ brokers, replicationFactor }: KafkaSpec, topics: readonly string[]): Promise<void> {
  if (topics.length === 0) return
  const { Admin } = await import('@platformatic/kafka')
  const admin = new Admin({
    clientId: 'runbook-deploy',
    bootstrapBrokers: [...brokers],
    retries: 5,
    timeout: REQUEST_MS,
    connectTimeout: REQUEST_MS,
  })
  try {
    await admin.createTopics({ topics: [...topics], partitions: PARTITIONS, replicas: replicationFactor })
  } finally {
    await admin.close()
  }
}
