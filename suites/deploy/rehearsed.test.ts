import { check } from '../../src/check.ts'
import { drilled } from '../support/drilled.ts'

/** The order in which a deploy goes. */
const STEPS = ['backup', 'images', 'infrastructure', 'topics and schema', 'services', 'monitoring', 'gateway', 'verify']
/** What the deploy by the clock slept in all, in seconds: 30 + 60 + 60. */
const SLEPT_S = 150

check(
  'DEP-90',
  'A deploy goes through its eight steps in their order, each of them ready before the next begins.',
  drilled,
  ({ deploy }, { expect }) => {
    expect(deploy.failure, 'where the deploy stopped').toBe('')
    expect(
      deploy.steps.map(({ name }) => name),
      'steps that were done',
    ).toEqual(STEPS)
    const early = deploy.steps.filter((step, index) => {
      const next = deploy.steps[index + 1]
      return next !== undefined && Date.parse(next.startedAt) + 1 < Date.parse(step.startedAt) + Math.floor(step.ms)
    })
    expect(
      early.map(({ name }) => name),
      'steps that were not ready when the next one began',
    ).toEqual([])
  },
)

check(
  'DEP-91',
  'A deploy that waits for readiness is done sooner than one that sleeps by the clock for 150 s.',
  drilled,
  ({ deploy }, { expect, atMost, measure }) => {
    const most = atMost('deploy.duration', SLEPT_S, 's')
    for (const { name, ms } of deploy.steps)
      measure({ name: `deploy.step.${name}`, unit: 'ms', value: ms, limit: null, sampleCount: 1, series: [] })
    measure({ name: 'deploy.duration', unit: 'ms', value: deploy.ms, limit: most * 1_000, sampleCount: 1, series: [] })
    expect(deploy.outcome, 'the deploy').toBe('done')
    expect(deploy.ms / 1_000, 'seconds').toBeLessThanOrEqual(most)
  },
)

check(
  'DEP-92',
  'After a deploy every service runs the image of the release, digest by digest.',
  drilled,
  ({ digests }, { expect }) => {
    expect(Object.keys(digests.released).length, 'services of the release').toBeGreaterThan(0)
    expect(digests.before, 'images that run after the deploy').toEqual(digests.released)
  },
)

check(
  'DEP-93',
  'A deploy takes its backup first, and it is complete before anything is changed.',
  drilled,
  ({ badDeploy, backup, tables }, { expect, measure }) => {
    const [first, second] = badDeploy.steps
    expect(first?.name, 'first step').toBe('backup')
    expect(backup.bytes, 'bytes of the backup').toBeGreaterThan(0)
    expect(tables.length, 'tables in its manifest').toBeGreaterThan(0)
    measure({ name: 'deploy.backup', unit: 'ms', value: backup.ms, limit: null, sampleCount: 1, series: [] })
    const complete = Date.parse(first?.startedAt ?? '') + Math.floor(first?.ms ?? 0)
    expect(Date.parse(second?.startedAt ?? ''), 'start of the second step').toBeGreaterThanOrEqual(complete - 1)
  },
)
