import { check } from '../../src/check.ts'
import { load } from '../../src/probes/load.ts'
import { judgeLatency, judgeSlowest } from '../support/latency.ts'
import { hookLoad, judgeErrors, judgeThroughput, modelLoad, workflowLoad } from '../support/loads.ts'
import { objective } from '../support/objective.ts'

check(
  'PERF-01',
  'Of 100 hooks posted over 10 connections fewer than 1 % fail, an answer whose success is false counting as a failure.',
  (target) => load(hookLoad(target, 'load')),
  (result, judging) => judgeErrors(result, 'performance.hooks.errors', judging),
)

check(
  'PERF-02',
  'The 95th percentile of the time in which POST /hooks answers under that load is at most 200 ms.',
  (target) => load(hookLoad(target, 'load')),
  (result, judging) => {
    const milliseconds = objective(judging.target, 'hook-receiver').p95
    judgeLatency(result, { name: 'performance.hooks.p95', percentile: 95, milliseconds }, judging)
  },
)

check(
  'PERF-03',
  'No hook of that load waits longer than 2 s for its answer.',
  (target) => load(hookLoad(target, 'load')),
  (result, judging) => judgeSlowest(result, { name: 'performance.hooks.slowest', milliseconds: 2_000 }, judging),
)

check(
  'PERF-04',
  'At least 50 hooks a second are accepted under that load.',
  (target) => load(hookLoad(target, 'load')),
  (result, judging) => judgeThroughput(result, 'performance.hooks.throughput', 50, judging),
)

check(
  'PERF-06',
  'Of 50 requests for the available models over 5 connections, repeated until there are 100 answers, fewer than 1 % fail.',
  (target) => load(modelLoad(target)),
  (result, judging) => judgeErrors(result, 'performance.models.errors', judging),
)

check(
  'PERF-07',
  'The 95th percentile of the time in which GET /models/available answers under that load is at most 500 ms.',
  (target) => load(modelLoad(target)),
  (result, judging) => {
    const milliseconds = objective(judging.target, 'model-metrics').p95
    judgeLatency(result, { name: 'performance.models.p95', percentile: 95, milliseconds }, judging)
  },
)

check(
  'PERF-08',
  'No request for the available models waits longer than 5 s under that load, and at least 10 a second are answered.',
  (target) => load(modelLoad(target)),
  (result, judging) => {
    judgeThroughput(result, 'performance.models.throughput', 10, judging)
    judgeSlowest(result, { name: 'performance.models.slowest', milliseconds: 5_000 }, judging)
  },
)

check(
  'PERF-09',
  'Of 50 requests for the health of workflow-coordinator over 5 connections, repeated until there are 100 answers, fewer than 1 % fail.',
  (target) => load(workflowLoad(target)),
  (result, judging) => judgeErrors(result, 'performance.workflows.errors', judging),
)

check(
  'PERF-10',
  'The 95th percentile of the time in which workflow-coordinator answers under that load is at most 1,000 ms.',
  (target) => load(workflowLoad(target)),
  (result, judging) => {
    const milliseconds = objective(judging.target, 'workflow-coordinator').p95
    judgeLatency(result, { name: 'performance.workflows.p95', percentile: 95, milliseconds }, judging)
  },
)
