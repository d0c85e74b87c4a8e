import { chain, check } from '../../src/check.ts'
import { type ContainerUsage, containerUsage } from '../../src/probes/docker-stats.ts'
import { hostFact } from '../../src/probes/host.ts'
import { load } from '../../src/probes/load.ts'
import { underLoad } from '../../src/probes/under-load.ts'
import type { Target } from '../../src/targets/target.ts'
import { requireCovered } from '../support/covered.ts'
import { pacedHookLoad } from '../support/loads.ts'

function usage(target: Target) {
  return containerUsage(target.part('docker'), target.part('compose').project)
}

/** The engine needs two seconds for its answer, so that the load goes on at a pace instead of as fast as it can. */
function loadedContainers(target: Target) {
  return underLoad(pacedHookLoad(target, 'containers'), { usage: usage(target) })
}

check(
  'PERF-27',
  'While 50 hooks a second are posted no container takes more than 80 % of the host’s processors.',
  (target) => {
    const { load, during } = loadedContainers(target)
    return { load, usage: during.usage, machine: hostFact(target, 'services', 'machine') }
  },
  ({ load, usage, machine }, judging) => {
    requireCovered(load, judging)
    const most = judging.atMost('performance.container.cpu', 80, '%')
    const share = ({ cpuPercent }: ContainerUsage): number => cpuPercent / machine.cores
    judging.expect(usage.length, 'running containers').toBeGreaterThan(0)
    judging.expect(machine.cores, 'processor cores').toBeGreaterThan(0)
    const highest = Math.max(...usage.map(share))
    judging.measure({
      name: 'performance.container.cpu',
      unit: '%',
      value: highest,
      limit: most,
      sampleCount: usage.length,
      series: [],
    })
    judging.expect(told(usage, share, most), 'containers that take too much').toEqual([])
  },
)

check(
  'PERF-28',
  'While 50 hooks a second are posted no container has been throttled in more than 5 % of its scheduling periods.',
  (target) => {
    const { load, during } = loadedContainers(target)
    return { load, usage: during.usage }
  },
  ({ load, usage }, judging) => {
    requireCovered(load, judging)
    const most = judging.atMost('performance.container.throttled', 5, '%')
    const share = ({ periods, throttledPeriods }: ContainerUsage): number =>
      periods === 0 ? 0 : (throttledPeriods * 100) / periods
    judging.expect(usage.length, 'running containers').toBeGreaterThan(0)
    judging.expect(told(usage, share, most), 'containers that are throttled').toEqual([])
  },
)

const memoryShare = ({ memory, memoryLimit }: ContainerUsage): number => (memory * 100) / memoryLimit

check(
  'PERF-29',
  'While 50 hooks a second are posted no container uses more than 90 % of the memory that it may.',
  (target) => {
    const { load, during } = loadedContainers(target)
    return { load, usage: during.usage }
  },
  ({ load, usage }, judging) => {
    requireCovered(load, judging)
    const most = judging.atMost('performance.container.memory', 90, '%')
    judging.expect(usage.length, 'running containers').toBeGreaterThan(0)
    judging.expect(told(usage, memoryShare, most), 'containers that come close to their limit').toEqual([])
  },
)

const SETTLES_WITHIN_MS = 30_000

chain(
  'PERF-30',
  'Within 30 s after the load every container’s memory is back within 10 % of its limit of what it was before.',
  (target) => ({ usage: usage(target), load: load(pacedHookLoad(target, 'containers-memory')) }),
  async ({ usage, load }, { observe, until, expect, atMost, unobserved }) => {
    const most = atMost('performance.container.memoryKept', 10, '%')
    const before = new Map((await observe(usage)).map((container) => [container.name, container]))
    const { accepted } = await observe(load)
    if (accepted === 0)
      return unobserved({ id: 'load:nothing-accepted', text: 'no request was accepted under load; see PERF-01' })
    const kept = (after: readonly ContainerUsage[]): string[] =>
      told(after, (container) => memoryShare(container) - memoryShare(before.get(container.name) ?? container), most)
    const after = await until(usage, (containers) => kept(containers).length === 0, SETTLES_WITHIN_MS)
    const gone = [...before.keys()].filter((name) => !after.some((container) => container.name === name))
    expect(after.length, 'running containers').toBeGreaterThan(0)
    expect(gone, 'containers that ran before the load and do no longer').toEqual([])
    expect(kept(after), 'containers that kept memory').toEqual([])
  },
)

function told(usage: readonly ContainerUsage[], share: (container: ContainerUsage) => number, most: number): string[] {
  return usage.filter((one) => !(share(one) <= most)).map((one) => `${one.name}: ${share(one).toFixed(1)} %`)
}
