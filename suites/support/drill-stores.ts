import { topicOf } from '../../fixtures/services/hook.ts'
import type { LedgerStore, OwnLedgerStore } from '../../src/procedures/drill-stage.ts'
import { openKafkaLedger } from '../../src/procedures/kafka-ledger.ts'
import { openRedisLedger, type RedisLedgerOptions } from '../../src/procedures/redis-ledger.ts'
import type { KafkaSpec } from '../../src/targets/schema.ts'
import { ACTION, tokenOfEvent, tokenOfRemembered } from './drill-token.ts'

/** Where a drill's hooks go besides PostgreSQL. */
export interface DrillPlaces {
  readonly kafka: KafkaSpec | undefined
  readonly redis: RedisLedgerOptions['redis'] | undefined
  /** Begins the drill's topics and keys, so that what a killed drill left behind can be told. */
  readonly prefix: string
  /** Actions besides the canary's whose topics must exist. */
  readonly actions: readonly string[]
}

export interface DrillStores {
  readonly stores: readonly LedgerStore[]
  /** Deletes the topics and the keys, whatever else fails. */
  close(): Promise<void>
}

/** Opens topics and a prefix of keys that are the drill's own. */
export async function openDrillStores({ kafka, redis, prefix, actions }: DrillPlaces, signal: AbortSignal): Promise<DrillStores> {
  await using opening = new AsyncDisposableStack()
  const stores: LedgerStore[] = []
  const keep = (store: OwnLedgerStore): void => {
    opening.defer(() => store.close())
    stores.push(store)
  }
  if (kafka !== undefined) {
    const { brokers, replicationFactor } = kafka
    const [topic, ...besides] = [ACTION, ...actions].map((action) => topicOf(action, prefix))
    keep(await openKafkaLedger({ brokers, replicationFactor, topic: topic ?? '', besides, tokenOf: tokenOfEvent, signal }))
  }
  if (redis !== undefined) keep(await openRedisLedger({ redis, prefix, tokenOf: tokenOfRemembered }))
  const opened = opening.move()
  return { stores, close: () => opened.disposeAsync() }
}
