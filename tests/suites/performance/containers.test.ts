import { describe, expect, it } from 'vitest'
import { Unobserved } from '../../../src/outcome.ts'
import type { ContainerUsage } from '../../../src/probes/docker-stats.ts'
import { failureOf } from '../../support/failure.ts'
import { follow, judge } from '../../support/judging.ts'
import { failedLoad, loadResult } from '../support/load-result.ts'
import '../../../suites/performance/containers.test.ts'

const load = loadResult(200, 5)
const machine = { cores: 4 }

function container(overrides: Partial<ContainerUsage> = {}): ContainerUsage {
  const name = 'hook-receiver'
  return {
    service: name,
    name,
    cpuPercent: 50,
    memory: 500,
    memoryLimit: 1_000,
    pids: 5,
    periods: 100,
    throttledPeriods: 1,
    ...overrides,
  }
}

describe.each([
  ['PERF-27', { cpuPercent: 320 }, { cpuPercent: 321 }],
  ['PERF-28', { throttledPeriods: 5 }, { throttledPeriods: 6 }],
  ['PERF-29', { memory: 900 }, { memory: 901 }],
] as const)('%s', (id, good, bad) => {
  const answers = (usage: ContainerUsage[], result = load) => ({ load: result, usage, machine })

  it('passes up to the limit and names who is beyond it', async () => {
    await judge(id, answers([container(good)]))
    expect(await failureOf(judge(id, answers([container(), container({ ...bad, name: 'other' })])))).toMatch(/other/)
  })

  it('fails where no container runs, and is unobserved without a load that covered it', async () => {
    expect(await failureOf(judge(id, answers([])))).toMatch('running containers')
    await expect(judge(id, answers([container()], failedLoad()))).rejects.toThrow(Unobserved)
    await expect(judge(id, answers([container()], loadResult(200, 5, { covered: false })))).rejects.toThrow(Unobserved)
  })
})

it('PERF-29 fails where the engine tells no limit', async () => {
  expect(await failureOf(judge('PERF-29', { load, usage: [container({ memory: 0, memoryLimit: 0 })], machine }))).toMatch(/NaN/)
})

describe('PERF-30', () => {
  const around = (before: ContainerUsage[], later: ContainerUsage[], result = load) => {
    const seen = [before, later]
    return follow('PERF-30', ({ effect }) => (effect === 'load' ? result : seen.shift()))
  }

  it('wants the memory back and every container still there', async () => {
    await around([container()], [container({ memory: 600 })])
    expect(await failureOf(around([container()], [container({ memory: 601 })]))).toMatch(/kept memory/)
    expect(await failureOf(around([container(), container({ name: 'other' })], [container()]))).toMatch(/do no longer/)
    expect(await failureOf(around([], []))).toMatch('running containers')
    await expect(around([container()], [container()], failedLoad())).rejects.toThrow(Unobserved)
  })
})
