import { z } from 'zod'
import { Unobserved } from '../outcome.ts'

const brokerSchema = z.object({ host: z.string(), port: z.int() })
const partitionSchema = z.object({
  /** -1 where the partition has none. */
  leader: z.int(),
  replicas: z.array(z.int()),
  isr: z.array(z.int()),
  offlineReplicas: z.array(z.int()),
})
const metadataSchema = z.object({
  id: z.string(),
  controllerId: z.int(),
  brokers: z.map(z.int(), brokerSchema),
  topics: z.map(z.string(), z.object({ partitions: z.array(partitionSchema) })),
})

export interface KafkaTopic {
  readonly name: string
  /** In order of their numbers. */
  readonly partitions: readonly z.infer<typeof partitionSchema>[]
}

/** What a cluster says of itself. */
export interface KafkaCluster {
  readonly id: string
  readonly controller: number
  readonly brokers: readonly { readonly id: number; readonly host: string; readonly port: number }[]
  readonly topics: readonly KafkaTopic[]
}

/** The client's answer as ours. @throws Unobserved where it has another shape. */
export function clusterOf(metadata: unknown): KafkaCluster {
  const { id, controllerId, brokers, topics } = shaped(metadataSchema, metadata, 'metadata')
  return {
    id,
    controller: controllerId,
    brokers: [...brokers].map(([broker, { host, port }]) => ({ id: broker, host, port })),
    topics: [...topics].map(([name, { partitions }]) => ({ name, partitions })).sort(byName),
  }
}

const answerSchema = z.object({
  clusterId: z.string().nullable(),
  controllerId: z.int(),
  brokers: z.array(z.object({ nodeId: z.int(), host: z.string(), port: z.int() })),
  topics: z.array(
    z.object({
      name: z.string(),
      isInternal: z.boolean(),
      partitions: z.array(
        z.object({
          partitionIndex: z.int(),
          leaderId: z.int(),
          replicaNodes: z.array(z.int()),
          isrNodes: z.array(z.int()),
          offlineReplicas: z.array(z.int()),
        }),
      ),
    }),
  ),
})

/** The protocol's own answer, taken out of the client's error about it. @throws that error where it holds none */
export function unhealthyClusterOf(error: unknown): KafkaCluster {
  const parsed = answerSchema.safeParse(answerWithin(error))
  if (!parsed.success || parsed.data.topics.length === 0) throw error
  const { clusterId, controllerId, brokers, topics } = parsed.data
  return {
    id: clusterId ?? '',
    controller: controllerId,
    brokers: brokers.map(({ nodeId: id, host, port }) => ({ id, host, port })),
    topics: topics
      .filter(({ isInternal }) => !isInternal)
      .map(({ name, partitions }) => ({
        name,
        partitions: partitions
          .toSorted((left, right) => left.partitionIndex - right.partitionIndex)
          .map(({ leaderId: leader, replicaNodes: replicas, isrNodes: isr, offlineReplicas }) => ({
            leader,
            replicas,
            isr,
            offlineReplicas,
          })),
      }))
      .sort(byName),
  }
}

function answerWithin(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined
  if ('response' in error) return error.response
  const members: unknown[] = error instanceof AggregateError ? error.errors : []
  return [...members, error.cause].map(answerWithin).find((answer) => answer !== undefined)
}

export interface KafkaBrokerConfig {
  readonly broker: string
  readonly settings: Readonly<Record<string, string>>
}

const configsSchema = z.array(
  z.object({ resourceName: z.string(), configs: z.array(z.object({ name: z.string(), value: z.string().nullish() })) }),
)

/** The client's answer as ours, only the settings asked for. @throws Unobserved where it has another shape. */
export function configsOf(answer: unknown, settings: readonly string[]): KafkaBrokerConfig[] {
  return shaped(configsSchema, answer, 'broker settings').map(({ resourceName, configs }) => ({
    broker: resourceName,
    settings: Object.fromEntries(
      configs.filter(({ name }) => settings.includes(name)).map(({ name, value }) => [name, value ?? '']),
    ),
  }))
}

export interface KafkaLag {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly committed: number
  readonly end: number
  /** Messages that the group has not yet read. */
  readonly lag: number
}

const committedSchema = z.array(
  z.object({
    groupId: z.string(),
    topics: z.array(
      z.object({
        name: z.string(),
        partitions: z.array(z.object({ partitionIndex: z.int(), committedOffset: z.bigint() })),
      }),
    ),
  }),
)
const endsSchema = z.array(
  z.object({ name: z.string(), partitions: z.array(z.object({ partitionIndex: z.int(), offset: z.bigint() })) }),
)

export interface KafkaEnd {
  readonly topic: string
  readonly partition: number
  /** The offset behind its newest message. */
  readonly end: number
}

/** The end of every partition. @throws Unobserved */
export function endsOf(ends: unknown): KafkaEnd[] {
  return shaped(endsSchema, ends, 'end offsets').flatMap(({ name: topic, partitions }) =>
    partitions.map(({ partitionIndex: partition, offset }) => ({ topic, partition, end: Number(offset) })),
  )
}

/** Every topic that some group has committed an offset of. @throws Unobserved */
export function namesIn(committed: unknown): string[] {
  const groups = shaped(committedSchema, committed, 'committed offsets')
  return [...new Set(groups.flatMap(({ topics }) => topics.map(({ name }) => name)))]
}

/** Committed offsets against end offsets; a partition nobody committed to is left out. @throws Unobserved */
export function lagOf(committed: unknown, ends: unknown): KafkaLag[] {
  const offsets = shaped(endsSchema, ends, 'end offsets')
  const endOf = new Map(
    offsets.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, offset }) => [`${name}/${partitionIndex}`, Number(offset)] as const),
    ),
  )
  return shaped(committedSchema, committed, 'committed offsets').flatMap(({ groupId, topics }) =>
    topics.flatMap(({ name, partitions }) =>
      partitions.flatMap(({ partitionIndex, committedOffset }) => {
        const end = endOf.get(`${name}/${partitionIndex}`)
        if (end === undefined || committedOffset < 0n) return []
        const read = Number(committedOffset)
        return [{ group: groupId, topic: name, partition: partitionIndex, committed: read, end, lag: Math.max(0, end - read) }]
      }),
    ),
  )
}

/** Validates what the client handed over. @throws Unobserved naming what has another shape. */
export function shaped<T>(schema: z.ZodType<T>, answer: unknown, what: string): T {
  const parsed = schema.safeParse(answer)
  if (parsed.success) return parsed.data
  throw new Unobserved({
    id: `shape:kafka:${what}`,
    text: `Kafka's ${what} has another shape than expected: ${z.prettifyError(parsed.error)}`,
  })
}

function byName(left: KafkaTopic, right: KafkaTopic): number {
  return left.name < right.name ? -1 : 1
}
