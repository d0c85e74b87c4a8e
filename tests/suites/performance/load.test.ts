import { describe, expect, it } from 'vitest'
import { Unobserved } from '../../../src/outcome.ts'
import type { LoadResult } from '../../../src/probes/load.ts'
import { failureOf } from '../../support/failure.ts'
import { judge } from '../../support/judging.ts'
import { failedLoad, loadResult } from '../support/load-result.ts'
import '../../../suites/performance/load.test.ts'
import '../../../suites/performance/long-load.test.ts'

const LATENCIES = [
  ['PERF-02', 100, 200],
  ['PERF-07', 100, 500],
  ['PERF-10', 100, 1_000],
  ['PERF-12', 500, 500],
  ['PERF-13', 500, 1_000],
  ['PERF-14', 500, 2_000],
] as const

describe.each(LATENCIES)('%s', (id, samples, limit) => {
  it('passes up to the objective and measures it', async () => {
    const { measurements } = await judge(id, loadResult(samples, limit))
    expect(measurements).toMatchObject([{ value: limit, limit, sampleCount: samples, unit: 'ms', series: [[0, limit]] }])
  })

  it('fails beyond it', async () => {
    expect(await failureOf(judge(id, loadResult(samples, limit + 0.5)))).toMatch('in ms')
  })

  it('is unobserved with too few samples, none, or a slow observer', async () => {
    await expect(judge(id, loadResult(samples - 1, 1))).rejects.toThrow(Unobserved)
    await expect(judge(id, failedLoad())).rejects.toThrow(Unobserved)
    await expect(judge(id, loadResult(samples, 1, { keptPace: false }))).rejects.toThrow(/did not keep the pace/)
    const late = { p95: limit / 4 + 1, p99: limit / 4 + 1, max: limit }
    await expect(judge(id, loadResult(samples, limit + 50, { observerDelay: late }))).rejects.toThrow(/itself up to/)
    await judge(id, loadResult(samples, limit, { observerDelay: late }))
  })
})

describe.each(['PERF-01', 'PERF-06', 'PERF-09', 'PERF-11'])('%s', (id) => {
  const withFailures = (failed: number, sent = 200): LoadResult => {
    const failures = { timeout: failed, connection: 0, dropped: 0, status: 0, body: 0, unanswered: 0 }
    return loadResult(sent, 5, { accepted: sent - failed, failures, examples: ['timeout: no answer in time'] })
  }

  it('passes below 1 % of failures', async () => {
    expect((await judge(id, withFailures(1))).measurements).toMatchObject([{ value: 0.5, unit: '%', sampleCount: 200 }])
  })

  it('fails from 1 % on and tells the first failures', async () => {
    expect(await failureOf(judge(id, withFailures(2)))).toMatch(/timeout: no answer in time/)
    expect(await failureOf(judge(id, failedLoad()))).toMatch(/HTTP 503: busy/)
  })

  it('leaves out what was under way when the load had to end', async () => {
    const failures = { timeout: 0, connection: 0, dropped: 0, status: 0, body: 0, unanswered: 5 }
    const { measurements } = await judge(id, loadResult(105, 5, { accepted: 100, failures }))
    expect(measurements).toMatchObject([{ value: 0, sampleCount: 100 }])
  })

  it('fails where nothing was sent', async () => {
    expect(await failureOf(judge(id, loadResult(0, 0)))).toMatch(/requests that were answered/)
  })
})

describe('PERF-03 and PERF-08, the slowest', () => {
  it.each([
    ['PERF-03', 2_000],
    ['PERF-08', 5_000],
  ])('%s judges the slowest of all, whatever the others', async (id, limit) => {
    await judge(id, loadResult(100, limit))
    expect(await failureOf(judge(id, loadResult(100, limit + 1)))).toMatch('slowest of 100 samples')
    const late = { p95: 0, p99: 0, max: limit / 4 + 1 }
    await expect(judge(id, loadResult(100, limit + 1, { observerDelay: late }))).rejects.toThrow(Unobserved)
    await judge(id, loadResult(100, limit, { observerDelay: late }))
  })

  it('PERF-03 is unobserved without one accepted request', async () => {
    await expect(judge('PERF-03', failedLoad())).rejects.toThrow(Unobserved)
  })
})

describe('PERF-04 and PERF-08, the throughput', () => {
  it.each([
    ['PERF-04', 50],
    ['PERF-08', 10],
  ])('%s wants so many a second', async (id, least) => {
    await judge(id, loadResult(100, 5, { throughput: least }))
    expect(await failureOf(judge(id, loadResult(100, 5, { throughput: least - 1 })))).toMatch('accepted requests a second')
    expect(await failureOf(judge(id, failedLoad()))).toMatch('accepted requests')
  })

  it('is unobserved where too few came and the observer was late', async () => {
    const late = { p95: 51, p99: 51, max: 51 }
    await expect(judge('PERF-04', loadResult(100, 5, { throughput: 49, observerDelay: late }))).rejects.toThrow(/itself up to/)
    await judge('PERF-04', loadResult(100, 5, { throughput: 50, observerDelay: late }))
  })
})
