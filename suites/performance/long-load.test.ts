import { check } from '../../src/check.ts'
import { load } from '../../src/probes/load.ts'
import { judgeLatency } from '../support/latency.ts'
import { hookLoad, judgeErrors, modelLoad, workflowLoad } from '../support/loads.ts'
import { objective } from '../support/objective.ts'

check(
  'PERF-11',
  'Of 500 hooks posted over 10 connections fewer than 1 % fail.',
  (target) => load(hookLoad(target, 'long', 'long')),
  (result, judging) => judgeErrors(result, 'performance.hooks.long.errors', judging),
)

check(
  'PERF-12',
  'The 99th percentile of the time in which POST /hooks answers those 500 hooks is at most 500 ms.',
  (target) => load(hookLoad(target, 'long', 'long')),
  (result, judging) => {
    const milliseconds = objective(judging.target, 'hook-receiver').p99
    judgeLatency(result, { name: 'performance.hooks.p99', percentile: 99, milliseconds }, judging)
  },
)

check(
  'PERF-13',
  'The 99th percentile of the time in which GET /models/available answers 500 requests over 5 connections is at most 1,000 ms.',
  (target) => load(modelLoad(target, 'long')),
  (result, judging) => {
    const milliseconds = objective(judging.target, 'model-metrics').p99
    judgeLatency(result, { name: 'performance.models.p99', percentile: 99, milliseconds }, judging)
  },
)

check(
  'PERF-14',
  'The 99th percentile of the time in which workflow-coordinator answers 500 requests for its health over 5 connections is at most 2,000 ms.',
  (target) => load(workflowLoad(target, 'long')),
  (result, judging) => {
    const milliseconds = objective(judging.target, 'workflow-coordinator').p99
    judgeLatency(result, { name: 'performance.workflows.p99', percentile: 99, milliseconds }, judging)
  },
)
