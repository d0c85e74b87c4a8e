import { z } from 'zod'
import { check } from '../../src/check.ts'
import { sql } from '../../src/probes/postgres.ts'
import { sqlTimes } from '../../src/probes/postgres-times.ts'
import { repeatedTimes, type WantedTimes } from '../../src/probes/repeated-times.ts'
import { underLoad } from '../../src/probes/under-load.ts'
import type { Target } from '../../src/targets/target.ts'
import { requireCovered } from '../support/covered.ts'
import { judgeLatency, measuredTimes } from '../support/latency.ts'
import { hookLoad, longEnough } from '../support/loads.ts'
import { objective } from '../support/objective.ts'

/** What the services ask most: the newest events, by an index. */
const QUERY = 'SELECT id FROM hook_events ORDER BY created_at DESC LIMIT 10'

function times(target: Target, samples: number, wanted: WantedTimes) {
  return repeatedTimes(sqlTimes(target.part('postgres'), { text: QUERY, samples }), wanted)
}

const p95 = (target: Target): WantedTimes => ({ p95: objective(target, 'postgres').p95 })

const connections = z.object({ used: z.int(), most: z.int(), reserved: z.int() })

function usedConnections(target: Target) {
  return sql(target.part('postgres'), {
    operation: 'SELECT the number of client connections and how many there may be',
    // Not from pg_stat_activity, which hides from an ordinary role what the sessions of other roles are.
    text: `SELECT (SELECT sum(numbackends)::int FROM pg_stat_database) AS used,
      current_setting('max_connections')::int AS most, current_setting('superuser_reserved_connections')::int AS reserved`,
    row: connections,
  })
}

check(
  'PERF-15',
  'The 95th percentile of a query on hook_events is at most 50 ms while nothing puts load on the database.',
  (target) => times(target, 100, p95(target)),
  (answer, judging) => {
    const milliseconds = objective(judging.target, 'postgres').p95
    judgeLatency(measuredTimes(answer), { name: 'performance.postgres.p95', percentile: 95, milliseconds }, judging)
  },
)

function loadedDatabase(target: Target) {
  return underLoad(longEnough(hookLoad(target, 'database')), {
    times: times(target, 100, p95(target)),
    connections: usedConnections(target),
  })
}

check(
  'PERF-16',
  'The 95th percentile of the same query is at most 50 ms while hooks are posted over 10 connections.',
  (target) => {
    const { load, during } = loadedDatabase(target)
    return { load, times: during.times }
  },
  ({ load, times }, judging) => {
    requireCovered(load, judging)
    const milliseconds = objective(judging.target, 'postgres').p95
    judgeLatency(measuredTimes(times), { name: 'performance.postgres.loaded.p95', percentile: 95, milliseconds }, judging)
  },
)

check(
  'PERF-17',
  'Under that load at most 80 % of the connections that PostgreSQL grants to ordinary roles are in use.',
  (target) => {
    const { load, during } = loadedDatabase(target)
    return { load, connections: during.connections }
  },
  ({ load, connections: [row] }, judging) => {
    requireCovered(load, judging)
    const most = judging.atMost('performance.postgres.connections', 80, '%')
    const percent = row === undefined ? Number.NaN : (row.used * 100) / (row.most - row.reserved)
    judging.expect(percent, 'percentage of connections in use').toBeGreaterThan(0)
    judging.measure({
      name: 'performance.postgres.connections',
      unit: '%',
      value: percent,
      limit: most,
      sampleCount: 1,
      series: [],
    })
    judging.expect(percent, `percentage of connections in use: ${JSON.stringify(row)}`).toBeLessThanOrEqual(most)
  },
)

check(
  'PERF-18',
  'The 99th percentile of that query is at most 100 ms over 500 samples while hooks are posted over 10 connections.',
  (target) => {
    const { load, during } = underLoad(longEnough(hookLoad(target, 'database-long')), {
      times: times(target, 500, { p99: objective(target, 'postgres').p99 }),
    })
    return { load, times: during.times }
  },
  ({ load, times }, judging) => {
    requireCovered(load, judging)
    const milliseconds = objective(judging.target, 'postgres').p99
    judgeLatency(measuredTimes(times), { name: 'performance.postgres.loaded.p99', percentile: 99, milliseconds }, judging)
  },
)
