import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { kafkaCluster, kafkaConfig, kafkaLag } from '../../src/probes/kafka.ts'
import { clusterOf, configsOf, lagOf } from '../../src/probes/kafka-answers.ts'
import { protocolErrorOf } from '../../src/probes/kafka-client.ts'
import { type KafkaMessage, messagesOf, searchFrom } from '../../src/probes/kafka-fetch.ts'
import { kafkaMessages, kafkaPublishTimes, kafkaRoundTrip } from '../../src/probes/kafka-messages.ts'
import type { KafkaSpec } from '../../src/targets/schema.ts'
import { startBroker } from '../support/kafka-broker.ts'
import { testSession } from '../support/session.ts'
import { silentServer } from '../support/silent.ts'
import { listening } from './support/server.ts'

const specAt = (port: number): KafkaSpec => ({ brokers: [`127.0.0.1:${port}`], replicationFactor: 1, overrides: {} })
const healthy = { leader: 1, replicas: [1], isr: [1] }

describe('kafkaCluster', () => {
  it('describes brokers and topics', async () => {
    await using broker = await startBroker({ topics: { 'b.v1': [healthy, healthy], 'a.v1': [healthy] } })
    const { value } = await kafkaCluster(specAt(broker.port)).read(testSession())
    expect(value.brokers).toEqual([{ id: 1, host: '127.0.0.1', port: broker.port }])
    expect(value.topics.map(({ name, partitions }) => [name, partitions.length])).toEqual([
      ['a.v1', 1],
      ['b.v1', 2],
    ])
    expect(value.topics[0]?.partitions[0]).toEqual({ ...healthy, offlineReplicas: [] })
  })

  it('shows replicas that lag behind', async () => {
    await using broker = await startBroker({ topics: { 'a.v1': [{ leader: 1, replicas: [1, 2], isr: [1] }] } })
    const { value } = await kafkaCluster(specAt(broker.port)).read(testSession())
    expect(value.topics[0]?.partitions[0]).toMatchObject({ replicas: [1, 2], isr: [1] })
  })

  it('answers with a partition that has no leader, where the client would reject all', async () => {
    const leaderless = { leader: -1, replicas: [1], isr: [], error: 5 }
    await using broker = await startBroker({ topics: { 'a.v1': [healthy, leaderless] } })
    const { value } = await kafkaCluster(specAt(broker.port)).read(testSession())
    expect(value.topics[0]?.partitions.map(({ leader }) => leader)).toEqual([1, -1])
  })

  it('says so where another cluster speaks another shape', () => {
    expect(() => clusterOf({ id: 1 })).toThrow('another shape')
  })
})

describe('the address that a broker advertises', () => {
  it.each(['kafka.invalid:9092', '*'])('is replaced by the one that the target file gives for it (%s)', async (told) => {
    const topics = { 'a.v1': [healthy] }
    await using bootstrap = await startBroker({ advertised: { host: 'kafka.invalid', port: 9092 }, topics })
    await using inner = await startBroker({ topics })
    const spec = { ...specAt(bootstrap.port), overrides: { [told]: `127.0.0.1:${inner.port}` } }
    const reading = kafkaRoundTrip(spec, { topic: 'a.v1', key: 'k', value: 'v' }).read(testSession())
    await expect(reading).rejects.toThrow('Kafka')
    expect(inner.asked).toContain(0)
    expect(bootstrap.asked).not.toContain(0)
  })
})

describe('the mapping of answers', () => {
  it('keeps only the settings that were asked for', () => {
    const configs = [
      { name: 'auto.create.topics.enable', value: 'false' },
      { name: 'other', value: null },
    ]
    expect(configsOf([{ resourceName: '1', configs }], ['auto.create.topics.enable'])).toEqual([
      { broker: '1', settings: { 'auto.create.topics.enable': 'false' } },
    ])
  })

  it('sets committed offsets against ends, and leaves out what nobody committed to', () => {
    const partitions = [
      { partitionIndex: 0, committedOffset: 7n },
      { partitionIndex: 1, committedOffset: -1n },
    ]
    const ends = [{ name: 'a', partitions: [{ partitionIndex: 0, offset: 10n }] }]
    expect(lagOf([{ groupId: 'g', topics: [{ name: 'a', partitions }] }], ends)).toEqual([
      { group: 'g', topic: 'a', partition: 0, committed: 7, end: 10, lag: 3 },
    ])
  })

  it('drops what lies in a batch before the offset asked for', () => {
    const record = (offsetDelta: number, value: string) => ({
      timestampDelta: BigInt(offsetDelta),
      offsetDelta,
      key: null,
      value: Buffer.from(value),
      headers: [[Buffer.from('runbook'), Buffer.from('r1')]],
    })
    const records = [{ firstOffset: 5n, firstTimestamp: 1_000n, records: [record(0, 'old'), record(1, 'new')] }]
    expect(messagesOf([{ partitions: [{ partitionIndex: 0, records }] }], new Map([[0, 6n]]))).toEqual([
      { partition: 0, offset: 6, timestamp: 1_001, key: '', value: 'new', headers: { runbook: 'r1' } },
    ])
  })

  const message = (partition: number, offset: number, value: string): KafkaMessage => ({
    partition,
    offset,
    timestamp: 0,
    key: '',
    value,
    headers: {},
  })

  const isWanted = ({ value }: KafkaMessage): boolean => value === 'wanted'

  it('searches page after page, in each partition from where it has come to', async () => {
    const pages = [
      [message(0, 5, 'a'), message(1, 9, 'b'), message(0, 6, 'c')],
      [message(0, 7, 'wanted'), message(0, 8, 'd')],
    ]
    const asked: unknown[] = []
    const page = async (begins: ReadonlyMap<number, bigint>) => {
      asked.push([...begins])
      return pages[asked.length - 1] ?? []
    }
    const begins = new Map([
      [0, 5n],
      [1, 9n],
    ])
    expect(await searchFrom(page, begins, { isWanted, most: 1 })).toEqual([message(0, 7, 'wanted')])
    expect(asked[1]).toEqual([
      [0, 7n],
      [1, 10n],
    ])
  })

  it('has found nothing once no page comes any more', async () => {
    const pages = [[message(0, 0, 'a')], []]
    const page = async () => pages.shift() ?? []
    expect(await searchFrom(page, new Map([[0, 0n]]), { isWanted, most: 1 })).toEqual([])
    expect(pages).toEqual([])
  })

  it('keeps no more than so many', async () => {
    const pages = [
      [message(0, 0, 'a'), message(0, 1, 'b')],
      [message(0, 2, 'c'), message(0, 3, 'd')],
    ]
    const page = async () => pages.shift() ?? []
    expect(await searchFrom(page, new Map([[0, 0n]]), { isWanted: () => true, most: 3 })).toHaveLength(3)
  })

  it('finds the protocol’s own error in the tree of causes', () => {
    const inner = Object.assign(new Error('not allowed'), { apiId: 'TOPIC_AUTHORIZATION_FAILED' })
    const outer = new AggregateError([new Error('x', { cause: inner })], 'failed')
    expect(protocolErrorOf(outer)).toEqual({ id: 'TOPIC_AUTHORIZATION_FAILED', message: 'not allowed' })
  })
})

describe('where no broker answers', () => {
  const message = { topic: 'a.v1', key: 'k', value: 'v' }
  const probes = (spec: KafkaSpec) => [
    kafkaCluster(spec),
    kafkaConfig(spec, ['x']),
    kafkaLag(spec),
    kafkaMessages(spec, { topic: 'a.v1' }).with({ since: new Date(0), text: 'x' }),
    kafkaRoundTrip(spec, message),
    kafkaPublishTimes(spec, { ...message, samples: 3 }),
  ]

  it.each(probes(specAt(1)))('is unreachable ($access.operation)', async (probe) => {
    await expect(probe.read(testSession())).rejects.toMatchObject({ name: 'Unreachable', refused: true })
  })

  it('takes a connection that is closed at once, as a forward to a closed port is, for a refusal', async () => {
    await using closing = await listening(createServer((socket) => socket.destroy()))
    const probe = kafkaCluster(specAt(Number(closing.address.split(':')[1])))
    await expect(probe.read(testSession())).rejects.toMatchObject({ name: 'Unreachable', refused: true })
  })

  it('does not wait for one that says nothing', async () => {
    await using silent = await silentServer()
    const probe = kafkaRoundTrip(specAt(silent.port), { ...message, deadlineMs: 200 })
    await expect(probe.read(testSession())).rejects.toMatchObject({ name: 'Unreachable' })
  })

  it('declares a message as a write, and everything else as reading', () => {
    expect(probes(specAt(1)).map(({ access }) => access.effect)).toEqual([
      'read',
      'read',
      'read',
      'read',
      'synthetic-write',
      'synthetic-write',
    ])
  })
})

// A real cluster, where one is at hand: RUNBOOK_TEST_KAFKA=127.0.0.1:9092 with a topic `runbook.test.v1`.
const real = process.env.RUNBOOK_TEST_KAFKA
describe.skipIf(real === undefined)('at a real Kafka', () => {
  const spec: KafkaSpec = { brokers: [real ?? ''], replicationFactor: 1, overrides: {} }
  it('sends a message round', async () => {
    const key = crypto.randomUUID()
    const since = new Date(Date.now() - 60_000)
    const { value } = await kafkaRoundTrip(spec, { topic: 'runbook.test.v1', key, value: `runbook-synthetic ${key}` }).read(
      testSession(),
    )
    expect(value.returnMs).toBeGreaterThan(0)
    const search = { since, text: `runbook-synthetic ${key}` }
    const messages = await kafkaMessages(spec, { topic: 'runbook.test.v1' }).with(search).read(testSession())
    expect(messages.value).toMatchObject([{ key, headers: { runbook: 'test-run' } }])
  })
})
