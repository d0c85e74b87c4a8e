import { chain, check } from '../../src/check.ts'
import { hostFact } from '../../src/probes/host.ts'
import { hostUsage } from '../../src/probes/host-usage.ts'
import { load } from '../../src/probes/load.ts'
import { underLoad } from '../../src/probes/under-load.ts'
import type { Target } from '../../src/targets/target.ts'
import { requireCovered } from '../support/covered.ts'
import { hookLoad } from '../support/loads.ts'

function loadedHost(target: Target) {
  return underLoad(hookLoad(target, 'host'), { usage: hostUsage(target.host('services')) })
}

check(
  'PERF-19',
  'At least 10 % of the services host’s memory is available while hooks are posted.',
  (target) => {
    const { load, during } = loadedHost(target)
    return { load, usage: during.usage }
  },
  ({ load, usage }, judging) => {
    requireCovered(load, judging)
    const least = judging.atLeast('performance.host.memoryAvailable', 10, '%')
    const percent = (usage.memoryAvailable * 100) / usage.memoryTotal
    judging.measure({
      name: 'performance.host.memoryAvailable',
      unit: '%',
      value: percent,
      limit: least,
      sampleCount: 1,
      series: [],
    })
    judging.expect(percent, 'percentage of memory available').toBeGreaterThanOrEqual(least)
  },
)

check(
  'PERF-20',
  'The load average of the services host stays below twice its processor cores while hooks are posted.',
  (target) => {
    const { load, during } = loadedHost(target)
    return { load, usage: during.usage, machine: hostFact(target, 'services', 'machine') }
  },
  ({ load, usage, machine }, judging) => {
    requireCovered(load, judging)
    const most = judging.atMost('performance.host.loadPerCore', 2, 'per core')
    judging.expect(machine.cores, 'processor cores').toBeGreaterThan(0)
    const perCore = usage.load / machine.cores
    judging.measure({
      name: 'performance.host.loadPerCore',
      unit: 'per core',
      value: perCore,
      limit: most,
      sampleCount: 1,
      series: [],
    })
    judging.expect(perCore, `load average ${usage.load} on ${machine.cores} cores`).toBeLessThan(most)
  },
)

const SETTLES_WITHIN_MS = 10_000

chain(
  'PERF-21',
  'Within 10 s after the load the services host’s available memory is back within 5 % of all memory of what it was before.',
  (target) => ({ usage: hostUsage(target.host('services')), load: load(hookLoad(target, 'memory')) }),
  async ({ usage, load }, { observe, until, expect, atMost, measure, unobserved }) => {
    const most = atMost('performance.host.memoryKept', 5, '%')
    const before = await observe(usage)
    const { accepted } = await observe(load)
    if (accepted === 0)
      return unobserved({ id: 'load:nothing-accepted', text: 'no request was accepted under load; see PERF-01' })
    const kept = (after: typeof before): number =>
      Math.max(0, ((before.memoryAvailable - after.memoryAvailable) * 100) / before.memoryTotal)
    const percent = kept(await until(usage, (after) => kept(after) <= most, SETTLES_WITHIN_MS))
    measure({ name: 'performance.host.memoryKept', unit: '%', value: percent, limit: most, sampleCount: 1, series: [] })
    expect(percent, 'percentage of all memory that did not come back').toBeLessThanOrEqual(most)
  },
)
