import { describe, expect, it } from 'vitest'
import { Unobserved } from '../../../src/outcome.ts'
import type { HostUsage } from '../../../src/probes/host-usage.ts'
import { failureOf } from '../../support/failure.ts'
import { follow, judge } from '../../support/judging.ts'
import { failedLoad, loadResult } from '../support/load-result.ts'
import '../../../suites/performance/host.test.ts'

const usage = (memoryAvailable: number, load = 1): HostUsage => ({ memoryTotal: 1_000, memoryAvailable, swapUsed: 0, load })
const load = loadResult(100, 5)

describe('PERF-19', () => {
  it('wants a tenth of the memory available', async () => {
    await judge('PERF-19', { load, usage: usage(100) })
    expect(await failureOf(judge('PERF-19', { load, usage: usage(99) }))).toMatch('percentage of memory available')
    await expect(judge('PERF-19', { load: failedLoad(), usage: usage(500) })).rejects.toThrow(Unobserved)
  })
})

describe('PERF-20', () => {
  it('wants the load average below twice the cores', async () => {
    const machine = { cores: 4 }
    await judge('PERF-20', { load, usage: usage(500, 7.9), machine })
    expect(await failureOf(judge('PERF-20', { load, usage: usage(500, 8), machine }))).toMatch('load average 8 on 4 cores')
    expect(await failureOf(judge('PERF-20', { load, usage: usage(500, 0), machine: { cores: 0 } }))).toMatch('processor cores')
  })
})

describe('PERF-21', () => {
  const loadedBetween = (before: number, later: number, result = load) => {
    const seen = [usage(before), usage(later)]
    return follow('PERF-21', ({ effect }) => (effect === 'load' ? result : seen.shift()))
  }

  it('wants the memory back, and is glad of more', async () => {
    await loadedBetween(500, 450)
    expect((await loadedBetween(500, 600)).measurements).toMatchObject([{ value: 0 }])
    expect(await failureOf(loadedBetween(500, 449))).toMatch('did not come back')
  })

  it('is unobserved where there was no load', async () => {
    await expect(loadedBetween(500, 500, failedLoad())).rejects.toThrow(Unobserved)
  })
})
