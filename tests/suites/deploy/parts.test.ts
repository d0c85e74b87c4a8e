import { describe, expect, it } from 'vitest'
import type { KafkaCluster } from '../../../src/probes/kafka.ts'
import { failureOf } from '../../support/failure.ts'
import { judge, testTarget } from '../../support/judging.ts'
import '../../../suites/deploy/finish.test.ts'
import '../../../suites/deploy/infrastructure.test.ts'
import '../../../suites/deploy/release.test.ts'
import '../../../suites/deploy/services.test.ts'

describe('Redis', () => {
  const persistence = { loading: '0', rdb_last_bgsave_status: 'ok', aof_enabled: '1', aof_last_write_status: 'ok' }
  const replication = { role: 'master' }

  it('DEP-50 wants the password to be taken, DEP-51 wants one to be asked for', async () => {
    await judge('DEP-50', { accepted: true })
    expect(await failureOf(judge('DEP-50', { accepted: false, code: 'WRONGPASS', message: '' }))).toMatch(/WRONGPASS/)
    await judge('DEP-51', { accepted: false, code: 'NOAUTH', message: '' })
    expect(await failureOf(judge('DEP-51', { accepted: true }))).toMatch(/"accepted":true/)
    expect(await failureOf(judge('DEP-51', { accepted: false, code: 'LOADING', message: '' }))).toMatch(/LOADING/)
  })

  it('DEP-52 wants data to be loaded and written down', async () => {
    await judge('DEP-52', { persistence, replication })
    await judge('DEP-52', { persistence: { ...persistence, aof_enabled: '0', aof_last_write_status: 'err' }, replication })
    const failing = { persistence: { ...persistence, rdb_last_bgsave_status: 'err' }, replication }
    expect(await failureOf(judge('DEP-52', failing))).toMatch(/"snapshot":"err"/)
    expect(await failureOf(judge('DEP-52', { persistence, replication: { role: 'slave' } }))).toMatch(/slave/)
    await failureOf(judge('DEP-52', { persistence: {}, replication: {} }))
  })
})

describe('Kafka', () => {
  const partition = { leader: 1, replicas: [1], isr: [1], offlineReplicas: [] }
  const topic = { name: 'dev.omninode_bridge.onex.evt.validate.v1', partitions: [partition] }
  const cluster: KafkaCluster = { id: 'c', controller: 1, brokers: [{ id: 1, host: 'kafka', port: 9092 }], topics: [topic] }
  const IDS = ['DEP-53', 'DEP-54', 'DEP-55']

  it.each(IDS)('%s passes on a healthy cluster and fails on an empty one', async (id) => {
    await judge(id, cluster)
    await failureOf(judge(id, { ...cluster, brokers: [], topics: [] }))
  })

  it.each([
    ['DEP-53', { controller: -1 }, /controller/],
    ['DEP-54', { topics: [{ ...topic, name: 'other' }] }, /validate\.v1 does not exist/],
    ['DEP-55', { topics: [{ ...topic, partitions: [{ ...partition, leader: -1 }] }] }, /validate\.v1\/0 has no leader/],
    ['DEP-55', { topics: [{ ...topic, partitions: [{ ...partition, replicas: [1, 2] }] }] }, /lacks replica 2/],
  ])('%s fails', async (id, changes, problem) => {
    expect(await failureOf(judge(id, { ...cluster, ...changes }))).toMatch(problem)
  })

  it('DEP-54 wants as many replicas as the target file names', async () => {
    const target = testTarget({ kafka: { brokers: ['127.0.0.1:9092'], replicationFactor: 3, overrides: {} } })
    expect(await failureOf(judge('DEP-54', cluster, { target }))).toMatch(/has 1 replicas, expected 3/)
  })

  it('DEP-56 wants the message back', async () => {
    const { measurements } = await judge('DEP-56', { partition: 0, offset: 7, publishMs: 3, returnMs: 5 })
    expect(measurements).toMatchObject([{ value: 3 }])
    expect(await failureOf(judge('DEP-56', { partition: 0, offset: 7, publishMs: 3, returnMs: null }))).toMatch(/0\/7/)
  })
})

describe('health', () => {
  const healthy = {
    status: 'healthy',
    version: '1.0.0',
    dependencies: { kafka: { status: 'healthy' }, postgres: { status: 'healthy' } },
  }
  const answer = (json: unknown, status = 200) => ({ status, json, body: JSON.stringify(json) ?? '', headers: {} })
  const SINGLE = ['DEP-66', 'DEP-67', 'DEP-68', 'DEP-69', 'DEP-82']

  it.each(SINGLE)('%s passes on a healthy answer', async (id) => {
    await judge(id, answer(healthy))
  })

  it.each(SINGLE)('%s fails on a degraded one and on one that is none', async (id) => {
    const degraded = { ...healthy, status: 'degraded', dependencies: { ...healthy.dependencies, kafka: { status: 'unhealthy' } } }
    expect(await failureOf(judge(id, answer(degraded, 503)))).toMatch(/kafka is unhealthy/)
    await failureOf(judge(id, answer(undefined, 502)))
  })

  it('DEP-69 wants the dependencies to be named', async () => {
    expect(await failureOf(judge('DEP-69', answer({ status: 'healthy' })))).toMatch(/postgres is not named/)
  })

  it('DEP-83 names the public name behind which something is wrong', async () => {
    await judge('DEP-83', { 'hook-receiver': answer(healthy), api: answer(healthy) })
    const problems = judge('DEP-83', { 'hook-receiver': answer(healthy), api: answer({ status: 'healthy' }, 502) })
    expect(await failureOf(problems)).toMatch(/api: answered 502/)
    await failureOf(judge('DEP-83', {}))
  })

  it('DEP-21 compares the version that is told with the release’s', async () => {
    const release = { services: { 'hook-receiver': '1.0.0' }, reversible: [], restoreOnly: [] }
    const target = testTarget({ release })
    await judge('DEP-21', { 'hook-receiver': answer(healthy) }, { target })
    const old = judge('DEP-21', { 'hook-receiver': answer({ ...healthy, version: '0.9.0' }) }, { target })
    expect(await failureOf(old)).toMatch(/hook-receiver is 0\.9\.0, not 1\.0\.0/)
    const silent = judge('DEP-21', { 'hook-receiver': answer({ status: 'healthy' }) }, { target })
    await expect(silent).rejects.toMatchObject({ name: 'Unobserved' })
    await expect(judge('DEP-21', {})).rejects.toMatchObject({ name: 'NotApplicable' })
  })
})
