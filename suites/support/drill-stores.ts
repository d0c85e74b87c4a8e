import { createEventLog } from '../../fixtures/services/event-log.ts'
import { topicOf } from '../../fixtures/services/hook.ts'
import { type KafkaEvents, openKafkaEvents } from '../../fixtures/services/kafka-events.ts'
import { openRedisCache, type RedisCache, type RedisPlace } from '../../fixtures/services/redis-cache.ts'
import type { LedgerStore, OwnLedgerStore } from '../../src/procedures/drill-stage.ts'
import { openKafkaLedger } from '../../src/procedures/kafka-ledger.ts'
import { openRedisLedger } from '../../src/procedures/redis-ledger.ts'
import type { KafkaSpec } from '../../src/targets/schema.ts'
import type { ReferencePlatformOptions } from './drill-platform.ts'
import { ACTION, rememberedOf, tokenOfEvent, tokenOfRemembered } from './drill-token.ts'

/** Where a drill's hooks may go besides PostgreSQL. */
export interface DrillPlaces {
  /** Names topic and keys, so that what a killed drill left behind can be told. */
  readonly runId: string
  readonly kafka?: KafkaSpec | undefined
  readonly redis?: RedisPlace | undefined
}

export interface DrillStores {
  readonly bus: ReferencePlatformOptions['bus']
  readonly stores: readonly LedgerStore[]
  /** Deletes the topic and the keys, whatever else fails. */
  close(): Promise<void>
}

const CLIENT = 'runbook-drill'

/** Opens a topic and a prefix of keys that are the drill's own; where there is no Kafka, events go to a log in this process. */
export async function openDrillStores({ runId, kafka, redis }: DrillPlaces, signal: AbortSignal): Promise<DrillStores> {
  await using opening = new AsyncDisposableStack()
  const name = `drill-${runId.replaceAll(/[^\w-]+/g, '-')}`
  const topicPrefix = `${name}.`
  // Closed in the reverse order: a store's contents go after whoever writes them.
  const stores: LedgerStore[] = []
  const keep = (store: OwnLedgerStore): void => {
    opening.defer(() => store.close())
    stores.push(store)
  }
  if (kafka !== undefined) {
    const { brokers, replicationFactor } = kafka
    const topic = topicOf(ACTION, topicPrefix)
    keep(await openKafkaLedger({ brokers, replicationFactor, topic, tokenOf: tokenOfEvent, signal }))
  }
  if (redis !== undefined) keep(await openRedisLedger({ redis, prefix: `${name}:`, tokenOf: tokenOfRemembered }))
  const closed = <W extends KafkaEvents | RedisCache>(writer: W): W => {
    opening.defer(() => writer.close())
    return writer
  }
  const events = kafka === undefined ? createEventLog() : closed(await openKafkaEvents(kafka.brokers, CLIENT))
  const cache =
    redis === undefined
      ? undefined
      : closed(await openRedisCache(redis, CLIENT, { prefix: `${name}:`, remembered: rememberedOf }))
  const opened = opening.move()
  return { bus: { events, topicPrefix, ...(cache && { cache }) }, stores, close: () => opened.disposeAsync() }
}
