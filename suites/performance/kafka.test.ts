import { check } from '../../src/check.ts'
import { kafkaPublishTimes } from '../../src/probes/kafka-messages.ts'
import { watched } from '../../src/probes/observer-delay.ts'
import { perRun } from '../../src/probes/per-run.ts'
import { repeatedTimes } from '../../src/probes/repeated-times.ts'
import { underLoad } from '../../src/probes/under-load.ts'
import type { Target } from '../../src/targets/target.ts'
import { requireCovered } from '../support/covered.ts'
import { judgeLatency, measuredTimes } from '../support/latency.ts'
import { hookLoad, longEnough } from '../support/loads.ts'
import { objective } from '../support/objective.ts'

function times(target: Target, samples: number, percentile: 'p95' | 'p99') {
  const spec = target.part('kafka')
  const { source, action } = target.spec.synthetic
  const topic = `${target.spec.names.topicPrefix}${action.replaceAll('_', '-')}.v1`
  const publishing = perRun((run) =>
    kafkaPublishTimes(spec, { topic, samples, key: `${source}-${run}`, value: JSON.stringify({ source, run }) }),
  )
  return repeatedTimes(watched(publishing), { [percentile]: objective(target, 'kafka')[percentile] })
}

check(
  'PERF-24',
  'The 95th percentile of publishing one message to Kafka is at most 10 ms while nothing puts load on it.',
  (target) => times(target, 100, 'p95'),
  (answer, judging) => {
    const milliseconds = objective(judging.target, 'kafka').p95
    judgeLatency(measuredTimes(answer), { name: 'performance.kafka.p95', percentile: 95, milliseconds }, judging)
  },
)

check(
  'PERF-25',
  'The 95th percentile of publishing one message to Kafka is at most 10 ms while hooks are posted over 10 connections.',
  (target) => {
    const { load, during } = underLoad(longEnough(hookLoad(target, 'kafka')), { times: times(target, 100, 'p95') })
    return { load, times: during.times }
  },
  ({ load, times }, judging) => {
    requireCovered(load, judging)
    const milliseconds = objective(judging.target, 'kafka').p95
    judgeLatency(measuredTimes(times), { name: 'performance.kafka.loaded.p95', percentile: 95, milliseconds }, judging)
  },
)

check(
  'PERF-26',
  'The 99th percentile of publishing one message to Kafka is at most 50 ms over 500 messages.',
  (target) => times(target, 500, 'p99'),
  (answer, judging) => {
    const milliseconds = objective(judging.target, 'kafka').p99
    judgeLatency(measuredTimes(answer), { name: 'performance.kafka.p99', percentile: 99, milliseconds }, judging)
  },
)
