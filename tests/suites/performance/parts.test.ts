import { describe, expect, it } from 'vitest'
import { Unobserved } from '../../../src/outcome.ts'
import { failureOf } from '../../support/failure.ts'
import { judge } from '../../support/judging.ts'
import { failedLoad, loadResult, times } from '../support/load-result.ts'
import '../../../suites/performance/database.test.ts'
import '../../../suites/performance/kafka.test.ts'
import '../../../suites/performance/redis.test.ts'

const AT_REST = [
  ['PERF-15', 100, 50],
  ['PERF-22', 500, 1],
  ['PERF-24', 100, 10],
  ['PERF-26', 500, 50],
] as const

describe.each(AT_REST)('%s, at rest', (id, samples, limit) => {
  it('passes up to the objective, and fails beyond it', async () => {
    await judge(id, times(samples, limit, { p95: 0, p99: 0, max: 0 }))
    expect(await failureOf(judge(id, times(samples, limit * 1.5, { p95: 0, p99: 0, max: 0 })))).toMatch('in ms')
  })

  it('is unobserved with too few samples or a slow observer', async () => {
    await expect(judge(id, times(samples - 1, 0.1))).rejects.toThrow(Unobserved)
    await expect(judge(id, times(0, 0))).rejects.toThrow(Unobserved)
    const late = { p95: limit / 4 + 1, p99: limit + 1, max: limit + 1 }
    await expect(judge(id, times(samples, limit + 1, late))).rejects.toThrow(Unobserved)
    await judge(id, times(samples, limit, late))
  })
})

const LOADED = [
  ['PERF-16', 100, 50],
  ['PERF-18', 500, 100],
  ['PERF-23', 100, 1],
  ['PERF-25', 100, 10],
] as const

describe.each(LOADED)('%s, under load', (id, samples, limit) => {
  const quick = { p95: 0, p99: 0, max: 0 }
  const answers = (ms: number, load = loadResult(100, 5)) => ({ load, times: times(samples, ms, quick) })

  it('passes up to the objective, and fails beyond it', async () => {
    await judge(id, answers(limit))
    expect(await failureOf(judge(id, answers(limit * 1.5)))).toMatch('in ms')
  })

  it('is unobserved where the load was none, or ended first', async () => {
    await expect(judge(id, answers(1, failedLoad()))).rejects.toThrow(Unobserved)
    await expect(judge(id, answers(1, loadResult(100, 5, { covered: false })))).rejects.toThrow(Unobserved)
  })
})

describe('PERF-17', () => {
  const answers = (used: number) => ({ load: loadResult(100, 5), connections: [{ used, most: 103, reserved: 3 }] })

  it('compares with what ordinary roles may have', async () => {
    expect((await judge('PERF-17', answers(80))).measurements).toMatchObject([{ value: 80, unit: '%' }])
    expect(await failureOf(judge('PERF-17', answers(81)))).toMatch('percentage of connections in use')
  })

  it('fails on no answer, since our own connection is one', async () => {
    expect(await failureOf(judge('PERF-17', { load: loadResult(100, 5), connections: [] }))).toMatch('')
    expect(await failureOf(judge('PERF-17', answers(0)))).toMatch('')
  })
})
