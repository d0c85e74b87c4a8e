import type { Probe, Session } from '../probe.ts'
import type { KafkaSpec } from '../targets/schema.ts'
import { GRACE_MS } from './deadline.ts'
import {
  clusterOf,
  configsOf,
  endsOf,
  type KafkaBrokerConfig,
  type KafkaCluster,
  type KafkaEnd,
  type KafkaLag,
  lagOf,
  namesIn,
  unhealthyClusterOf,
} from './kafka-answers.ts'
import { type KafkaClients, kafkaAddress, withKafka } from './kafka-client.ts'
import { commandConfig } from './kafka-security.ts'
import { quote } from './reproduce.ts'

export type { KafkaBrokerConfig, KafkaCluster, KafkaEnd, KafkaLag, KafkaTopic } from './kafka-answers.ts'

const DEADLINE_MS = 10_000
/** ConfigResource type of a broker in the protocol; exported by the client as ConfigResourceTypes.BROKER. */
const BROKER = 4 as const
/** The timestamp that asks for the offset behind the newest message. */
const LATEST = -1n

/** Brokers, and every topic with its partitions, replicas and those in sync; internal topics left out. */
export function kafkaCluster(spec: KafkaSpec, system = 'kafka'): Probe<KafkaCluster> {
  return reading(spec, {
    system,
    operation: 'describe brokers and topics',
    reproduce: `kafka-topics.sh --bootstrap-server ${server(spec)} --describe`,
    async ask({ admin }) {
      const client = admin()
      try {
        const topics = await client.listTopics()
        return clusterOf(await client.metadata({ topics, forceUpdate: true, autocreateTopics: false }))
      } catch (error) {
        // A partition without leader makes the client reject the whole answer; for us it is the answer.
        return unhealthyClusterOf(error)
      }
    },
  })
}

/** Effective settings of each broker, by broker; empty where the broker does not know the setting. */
export function kafkaConfig(spec: KafkaSpec, settings: readonly string[], system = 'kafka'): Probe<KafkaBrokerConfig[]> {
  return reading(spec, {
    system,
    operation: `describe broker settings ${settings.join(', ')}`,
    reproduce: `kafka-configs.sh --bootstrap-server ${server(spec)} --entity-type brokers --all --describe`,
    async ask({ admin }) {
      const client = admin()
      const { brokers } = await client.metadata({ topics: [], forceUpdate: true })
      const resources = [...brokers.keys()].map((id) => ({
        resourceType: BROKER,
        resourceName: String(id),
        configurationKeys: [...settings],
      }))
      return configsOf(await client.describeConfigs({ resources }), settings)
    },
  })
}

/** How far every consumer group is behind, by partition. */
export function kafkaLag(spec: KafkaSpec, system = 'kafka'): Probe<KafkaLag[]> {
  return reading(spec, {
    system,
    operation: 'describe the lag of all consumer groups',
    reproduce: `kafka-consumer-groups.sh --bootstrap-server ${server(spec)} --all-groups --describe`,
    async ask({ admin }) {
      const client = admin()
      const groups = [...(await client.listGroups()).keys()]
      if (groups.length === 0) return []
      const committed = await client.listConsumerGroupOffsets({ groups })
      return lagOf(committed, await endOffsets(client, namesIn(committed)))
    },
  })
}

/** How far every topic has come, internal ones apart. */
export function kafkaEnds(spec: KafkaSpec, system = 'kafka'): Probe<KafkaEnd[]> {
  return reading(spec, {
    system,
    operation: 'read the end offset of every partition',
    reproduce: `kafka-get-offsets.sh --bootstrap-server ${server(spec)} --time latest`,
    async ask({ admin }) {
      const client = admin()
      const topics = (await client.listTopics()).filter((name) => !name.startsWith('__'))
      return endsOf(await endOffsets(client, topics))
    },
  })
}

/** End offset of every partition of these topics: topic → partition → offset. */
async function endOffsets(admin: ReturnType<KafkaClients['admin']>, topics: readonly string[]): Promise<unknown> {
  if (topics.length === 0) return []
  const metadata = await admin.metadata({ topics: [...topics], forceUpdate: true, autocreateTopics: false })
  const asked = [...metadata.topics].map(([name, { partitions }]) => ({
    name,
    partitions: partitions.map((_, partitionIndex) => ({ partitionIndex, timestamp: LATEST })),
  }))
  return admin.listOffsets({ topics: asked })
}

interface Asking<T> {
  readonly system: string
  readonly operation: string
  readonly reproduce: string
  ask(clients: KafkaClients, session: Session): Promise<T>
}

function reading<T>(spec: KafkaSpec, { system, operation, reproduce, ask }: Asking<T>): Probe<T> {
  return {
    kind: 'kafka',
    access: { system, address: kafkaAddress(spec), operation, effect: 'read', reproduce },
    deadlineMs: DEADLINE_MS + GRACE_MS,
    async read(session) {
      const value = await withKafka(session, spec, DEADLINE_MS, (clients) => ask(clients, session))
      return { value, raw: JSON.stringify(value, null, 1) }
    },
  }
}

function server(spec: KafkaSpec): string {
  return `${quote(kafkaAddress(spec))}${commandConfig(spec)}`
}
