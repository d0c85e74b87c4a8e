import { check } from '../../src/check.ts'
import { promised } from '../../src/probe.ts'
import { kafkaCluster } from '../../src/probes/kafka.ts'
import { kafkaRoundTrip } from '../../src/probes/kafka-messages.ts'
import { perRun } from '../../src/probes/per-run.ts'
import { redisInfo, redisLogin } from '../../src/probes/redis.ts'
import { deployedCompose, projectContainers, runningProblems } from '../support/containers.ts'
import { expectedTopics, syntheticTopic } from '../support/topics.ts'

check(
  'DEP-50',
  'Redis answers with the password on record.',
  (target) => promised(redisLogin(target.part('redis'), { password: { secret: 'redis.password' } })),
  (answer, { expect }) => expect(answer, 'PING with the password on record').toEqual({ accepted: true }),
)

check(
  'DEP-51',
  'Redis refuses whoever gives no password.',
  (target) => redisLogin(target.part('redis'), { password: 'none' }),
  (answer, { expect }) => expect(answer, 'PING without a password').toMatchObject({ accepted: false, code: 'NOAUTH' }),
)

check(
  'DEP-52',
  'Redis has loaded its data and writes it down: it is no replica, and its last snapshot and its last write to the log succeeded.',
  (target) => ({
    persistence: redisInfo(target.part('redis'), 'persistence'),
    replication: redisInfo(target.part('redis'), 'replication'),
  }),
  ({ persistence, replication }, { expect }) => {
    expect({
      role: replication.role,
      loading: persistence.loading,
      snapshot: persistence.rdb_last_bgsave_status,
      log: persistence.aof_enabled === '1' ? persistence.aof_last_write_status : 'ok',
    }).toEqual({ role: 'master', loading: '0', snapshot: 'ok', log: 'ok' })
  },
)

check(
  'DEP-53',
  'Every broker of Kafka is there, and one of them is the controller.',
  (target) => promised(kafkaCluster(target.part('kafka'))),
  ({ brokers, controller }, { target, expect, atLeast }) => {
    const wanted = atLeast('kafka.brokers', target.part('kafka').brokers.length, 'brokers')
    expect(brokers.length, 'brokers that the cluster knows').toBeGreaterThanOrEqual(wanted)
    expect(
      brokers.map(({ id }) => id),
      'brokers, of which one must be the controller',
    ).toContain(controller)
  },
)

check(
  'DEP-54',
  'Every topic that the product needs exists, with the number of replicas that the target file names.',
  (target) => kafkaCluster(target.part('kafka')),
  ({ topics }, { target, expect }) => {
    const { replicationFactor } = target.part('kafka')
    const problems = expectedTopics(target).flatMap((name) => {
      const topic = topics.find((candidate) => candidate.name === name)
      if (topic === undefined || topic.partitions.length === 0) return [`${name} does not exist`]
      const fewest = Math.min(...topic.partitions.map(({ replicas }) => replicas.length))
      return fewest >= replicationFactor ? [] : [`${name} has ${fewest} replicas, expected ${replicationFactor}`]
    })
    expect(problems, 'topics that are missing or too thin').toEqual([])
  },
)

check(
  'DEP-55',
  'Every partition of Kafka has a leader and all of its replicas in sync.',
  (target) => kafkaCluster(target.part('kafka')),
  ({ topics }, { expect }) => {
    const problems = topics.flatMap(({ name, partitions }) =>
      partitions.flatMap(({ leader, replicas, isr }, number) => {
        const lagging = replicas.filter((replica) => !isr.includes(replica))
        return [
          ...(leader < 0 ? [`${name}/${number} has no leader`] : []),
          ...(lagging.length === 0 ? [] : [`${name}/${number} lacks replica ${lagging.join(', ')}`]),
        ]
      }),
    )
    expect(topics.length, 'topics of the cluster').toBeGreaterThan(0)
    expect(problems, 'partitions in trouble').toEqual([])
  },
)

check(
  'DEP-56',
  'A marked message that is published to Kafka comes back from it.',
  (target) => {
    const { source } = target.spec.synthetic
    const spec = target.part('kafka')
    return perRun((run) =>
      kafkaRoundTrip(spec, { topic: syntheticTopic(target), key: `${source}-${run}`, value: JSON.stringify({ source, run }) }),
    )
  },
  ({ partition, offset, publishMs, returnMs }, { expect, measure }) => {
    measure({ name: 'kafka publish, first message', unit: 'ms', value: publishMs, limit: null, sampleCount: 1, series: [] })
    expect(returnMs, `milliseconds until the message at ${partition}/${offset} came back`).not.toBeNull()
  },
)

check(
  'DEP-57',
  'Whatever infrastructure the compose file runs (database, cache, event bus, ZooKeeper where there is one) runs and is healthy.',
  (target) => ({ containers: projectContainers(target), compose: deployedCompose(target) }),
  ({ containers, compose }, { target, expect }) => {
    const product = new Set(target.services.map(({ name, container }) => container ?? name))
    const needed = new Set(
      compose.services.filter(({ name }) => product.has(name)).flatMap(({ dependsOn }) => Object.keys(dependsOn)),
    )
    const known = ['postgres', 'redis', 'kafka', 'redpanda', 'zookeeper']
    const wanted = compose.services.map(({ name }) => name).filter((name) => known.includes(name) || needed.has(name))
    expect(wanted, 'infrastructure that the compose file runs').not.toEqual([])
    expect(
      runningProblems(
        wanted.filter((name) => !product.has(name)),
        containers,
      ),
      'infrastructure that does not run as it should',
    ).toEqual([])
  },
)
