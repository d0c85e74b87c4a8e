import { describe, expect, it } from 'vitest'
import { Unobserved } from '../../../src/outcome.ts'
import type { MachineTime } from '../../../src/probes/machine-time.ts'
import { failureOf } from '../../support/failure.ts'
import { judge, testTarget } from '../../support/judging.ts'
import { BUSY, loadResult, times } from './load-result.ts'
import '../../../suites/performance/kafka.test.ts'
import '../../../suites/performance/load.test.ts'
import '../../../suites/performance/long-load.test.ts'

const QUIET = { p95: 0, p99: 0, max: 0 }
const published = (ms: number, machine: MachineTime = BUSY) => times(100, ms, QUIET, machine)

describe.each(['embedded', 'ephemeral'] as const)('on %s, which shares the observing machine', (kind) => {
  const target = testTarget({ kind })

  it('is unobserved what the machine’s want of processor time may have added', async () => {
    await expect(judge('PERF-24', published(16.1), { target })).rejects.toThrow(
      'performance.kafka.p95: 16.1 ms where 10 ms are allowed, but target and observer share a machine that was short of processor time: on this machine something waited for a processor 80 % of the time',
    )
    await expect(judge('PERF-24', published(16.1, { waiting: 0, stolen: 0.2 }), { target })).rejects.toThrow(Unobserved)
    const slowest = loadResult(100, 2_010, { machine: BUSY, observerDelay: QUIET })
    await expect(judge('PERF-03', slowest, { target })).rejects.toThrow(Unobserved)
  })

  it('passes what is within the limit all the same', async () => {
    await judge('PERF-24', published(10), { target })
  })

  it('fails what no want of processor time explains', async () => {
    expect(await failureOf(judge('PERF-24', published(25.1), { target }))).toContain('in ms')
    expect(await failureOf(judge('PERF-24', published(16.1, { waiting: 0.2, stolen: 0 }), { target }))).toContain('in ms')
  })

  it('counts the waits of all that are asked at once', async () => {
    const loaded = (ms: number) => loadResult(500, ms, { machine: BUSY, observerDelay: QUIET, connections: 10 })
    await expect(judge('PERF-12', loaded(650), { target })).rejects.toThrow(Unobserved)
    expect(await failureOf(judge('PERF-12', loaded(651), { target }))).toContain('in ms')
  })

  it('adds what a late observer and its machine may each have added', async () => {
    const late = { p95: 87, p99: 87, max: 87 }
    const loaded = (ms: number) => loadResult(100, ms, { machine: BUSY, observerDelay: late, connections: 10 })
    await expect(judge('PERF-02', loaded(385), { target })).rejects.toThrow(/itself up to 87.0 ms late/)
    expect(await failureOf(judge('PERF-02', loaded(525), { target }))).toContain('in ms')
  })

  it('excuses nothing where the machine does not tell', async () => {
    const unread = { unread: 'no such file' }
    expect(await failureOf(judge('PERF-24', published(16.1, unread), { target }))).toContain('in ms')
  })
})

it('fails what is so slow that a late observer does not explain it', async () => {
  const late = { p95: 3, p99: 3, max: 3 }
  await expect(judge('PERF-24', times(100, 16, late))).rejects.toThrow('the observing process was itself up to 3.0 ms late')
  expect(await failureOf(judge('PERF-24', times(100, 16.1, late)))).toContain('in ms')
})

it('excuses nothing on a live target, whose machine is another', async () => {
  const failure = await failureOf(judge('PERF-24', published(16.1), { target: testTarget({ kind: 'live' }) }))
  expect(failure).toContain('in ms')
})
