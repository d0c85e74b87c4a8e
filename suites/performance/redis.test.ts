import { check } from '../../src/check.ts'
import { watched } from '../../src/probes/observer-delay.ts'
import { redisTimes } from '../../src/probes/redis.ts'
import { repeatedTimes, type WantedTimes } from '../../src/probes/repeated-times.ts'
import { underLoad } from '../../src/probes/under-load.ts'
import type { Target } from '../../src/targets/target.ts'
import { requireCovered } from '../support/covered.ts'
import { judgeLatency, measuredTimes } from '../support/latency.ts'
import { hookLoad, longEnough } from '../support/loads.ts'
import { objective } from '../support/objective.ts'

function times(target: Target, samples: number, wanted: WantedTimes) {
  return repeatedTimes(watched(redisTimes(target.part('redis'), { samples })), wanted)
}

check(
  'PERF-22',
  'The 95th percentile of a Redis command is at most 1 ms, and of 500 commands the 99th at most 5 ms, while nothing puts load on it.',
  (target) => times(target, 500, objective(target, 'redis')),
  (answer, judging) => {
    const { p95, p99 } = objective(judging.target, 'redis')
    const measured = measuredTimes(answer)
    judgeLatency(measured, { name: 'performance.redis.p99', percentile: 99, milliseconds: p99 }, judging)
    judgeLatency(measured, { name: 'performance.redis.p95', percentile: 95, milliseconds: p95 }, judging)
  },
)

check(
  'PERF-23',
  'The 95th percentile of a Redis command is at most 1 ms while hooks are posted over 10 connections.',
  (target) => {
    const { load, during } = underLoad(longEnough(hookLoad(target, 'redis')), {
      times: times(target, 100, { p95: objective(target, 'redis').p95 }),
    })
    return { load, times: during.times }
  },
  ({ load, times }, judging) => {
    requireCovered(load, judging)
    const milliseconds = objective(judging.target, 'redis').p95
    judgeLatency(measuredTimes(times), { name: 'performance.redis.loaded.p95', percentile: 95, milliseconds }, judging)
  },
)
