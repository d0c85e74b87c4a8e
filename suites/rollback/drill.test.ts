import { chain, check } from '../../src/check.ts'
import { derived, type Probe } from '../../src/probe.ts'
import type { DrillReport } from '../../src/procedures/drill-report.ts'
import type { Target } from '../../src/targets/target.ts'
import { drillEvents, drillProblems, measureRecoveryTime, troubleProblems } from '../support/drill-problems.ts'
import { drilled, furtherDrills } from '../support/drilled.ts'

const MINUTE_MS = 60_000

chain(
  'ROLL-40',
  'A rollback goes through to its end, every step of it verified.',
  // A part of the shared drill: a chain's own observations are fresh ones, and one drill a run is enough.
  (target) => ({
    drill: derived(drilled(target), { operation: 'the drill’s timeline', pick: (value, raw) => ({ value, raw }) }),
  }),
  async ({ drill }, { observe, event, expect, measure }) => {
    const { rollback, timeline } = await observe(drill)
    for (const entry of timeline) event(entry)
    for (const { name, ms } of rollback.steps)
      measure({ name: `rollback.step.${name}`, unit: 'ms', value: ms, limit: null, sampleCount: 1, series: [] })
    expect(rollback.failure, 'where the rollback stopped').toBe('')
    expect(rollback.steps.length, 'steps that were done').toBeGreaterThan(0)
  },
)

check(
  'ROLL-41',
  'A bad release is noticed, by its deploy, by checks of this runbook, its health, the ledger of accepted hooks or its latency.',
  drilled,
  ({ detection, badRelease }, { expect, measure }) => {
    expect(detection?.how ?? 'nobody noticed', `a release that is bad by "${badRelease}"`).toMatch(
      /^(its deploy|checks|health|ledger|latency)/,
    )
    measure({ name: 'rollback.detection', unit: 'ms', value: detection?.afterMs ?? 0, limit: null, sampleCount: 1, series: [] })
  },
)

check(
  'ROLL-42',
  'From the detection of a bad release to the first hook stored correctly, no more than the recovery time objective of 15 minutes passes.',
  drilled,
  ({ rtoMs, rtoPhases }, { target, expect, atMost, measure }) => {
    const most = atMost('rollback.rto', target.spec.recovery.rtoMinutes, 'minutes')
    measureRecoveryTime({ rtoMs, rtoPhases }, most * MINUTE_MS, { measure })
    expect(rtoMs, 'milliseconds until a hook was stored correctly again').not.toBeNull()
    expect((rtoMs ?? 0) / MINUTE_MS, 'minutes').toBeLessThanOrEqual(most)
  },
)

check(
  'ROLL-43',
  'No store loses more than the recovery point objective of 5 minutes to a rollback.',
  drilled,
  ({ losses }, { target, expect, atMost, measure }) => {
    const most = atMost('rollback.rpo', target.spec.recovery.rpoMinutes, 'minutes')
    for (const { store, lostMs, lost, accepted } of losses) {
      measure({
        name: `rollback.rpo.${store}`,
        unit: 'ms',
        value: lostMs,
        limit: most * MINUTE_MS,
        sampleCount: accepted,
        series: [],
      })
      measure({ name: `rollback.lost.${store}`, unit: 'hooks', value: lost, limit: null, sampleCount: accepted, series: [] })
    }
    expect(
      losses.filter(({ accepted }) => accepted > 0).length,
      'stores in which accepted hooks were looked for',
    ).toBeGreaterThan(0)
    const beyond = losses.filter(({ lostMs }) => lostMs / MINUTE_MS > most)
    expect(
      beyond.map(({ store, lostMs }) => `${store}: ${lostMs} ms`),
      'stores that lost more',
    ).toEqual([])
  },
)

check(
  'ROLL-44',
  'Every hook that was accepted before the backup was taken is there after the rollback, with the content that was sent.',
  drilled,
  ({ losses }, { expect }) => {
    expect(losses.filter(({ kept }) => kept > 0).length, 'stores that kept any hook').toBe(losses.length)
    expect(losses.length, 'stores').toBeGreaterThan(0)
    const gone = losses.flatMap(({ store, lostBeforeBackup }) => lostBeforeBackup.map((token) => `${store}: ${token}`))
    expect(gone, 'hooks that the backup should have held').toEqual([])
  },
)

check(
  'ROLL-45',
  'After a rollback no hook is stored twice, and no store holds one that another lacks, but for what the rollback gave up.',
  drilled,
  ({ losses }, { expect, measure }) => {
    expect(losses.length, 'stores').toBeGreaterThan(0)
    for (const { store, duplicates, skewed, accepted } of losses) {
      const counted = { unit: 'hooks', limit: 0, sampleCount: accepted, series: [] }
      measure({ name: `rollback.duplicates.${store}`, value: duplicates.length, ...counted })
      measure({ name: `rollback.skewed.${store}`, value: skewed.length, ...counted })
    }
    const problems = losses.flatMap(({ store, duplicates, skewed }) => [
      ...duplicates.map((token) => `${store} holds ${token} twice`),
      ...skewed.map((token) => `${store} holds ${token}, another store does not`),
    ])
    expect(problems, 'hooks that are not once in every store').toEqual([])
  },
)

check(
  'ROLL-46',
  'After a rollback exactly the images of before run again, digest by digest.',
  drilled,
  ({ digests }, { expect }) => {
    expect(Object.keys(digests.before).length, 'services that ran before').toBeGreaterThan(0)
    expect(digests.bad, 'images of the bad release').not.toEqual(digests.before)
    expect(digests.after, 'images that run after the rollback').toEqual(digests.before)
  },
)

check(
  'ROLL-47',
  'After a rollback the schema’s hash and the rows of every table are those of the backup.',
  drilled,
  ({ tables, schemaHash }, { expect }) => {
    expect(schemaHash.restored, 'schema hash').toBe(schemaHash.manifest)
    expect(tables.length, 'tables in the manifest').toBeGreaterThan(0)
    const different = tables.filter(({ manifest, restored }) => manifest !== restored)
    expect(
      different.map(({ name, manifest, restored }) => `${name}: ${restored} rows instead of ${manifest}`),
      'tables that differ',
    ).toEqual([])
  },
)

check(
  'ROLL-48',
  'After a rollback every configuration file is again what it was before the bad release.',
  drilled,
  ({ configuration }, { expect }) => {
    expect(configuration.length, 'configuration files').toBeGreaterThan(0)
    expect(
      configuration.some(({ before, bad }) => before !== bad),
      'the bad release changed a file, so that putting it back is seen',
    ).toBe(true)
    const different = configuration.filter(({ before, after }) => before !== after)
    expect(
      different.map(({ path }) => path),
      'files that are not as before',
    ).toEqual([])
  },
)

check(
  'ROLL-49',
  'A rollback keeps the database that it replaces, under a name of its own.',
  drilled,
  ({ keptAs }, { expect }) => {
    expect(keptAs ?? 'it is gone', 'name of the replaced database').toMatch(/_before_/)
  },
)

check(
  'ROLL-50',
  'A rollback to a truncated backup, or to an image that is gone, stops before anything is changed and names the next step.',
  drilled,
  ({ troubled }, { expect }) => {
    expect(troubled.length, 'rollbacks that were sent into trouble').toBeGreaterThanOrEqual(2)
    const problems = troubleProblems(troubled)
    expect(problems, 'what was made worse').toEqual([])
  },
)

check(
  'ROLL-51',
  'What a rollback leaves behind, events and keys of hooks that no longer exist, spans no more than the recovery point objective of 5 minutes.',
  (target) => {
    target.requirePart('kafka')
    target.requirePart('redis')
    return drilled(target)
  },
  ({ losses }, { target, expect, atMost, measure }) => {
    const most = atMost('rollback.orphaned', target.spec.recovery.rpoMinutes, 'minutes')
    const left = losses.filter(({ takenBack }) => !takenBack)
    for (const { store, orphaned, accepted } of left) {
      const told = { sampleCount: accepted, series: [] }
      measure({ name: `rollback.orphaned.${store}`, unit: 'hooks', value: orphaned.count, limit: null, ...told })
      measure({ name: `rollback.skew.${store}`, unit: 'ms', value: orphaned.spanMs, limit: most * MINUTE_MS, ...told })
    }
    expect(
      left.filter(({ kept }) => kept > 0).map(({ store }) => store),
      'stores that are not taken back and hold hooks',
    ).toEqual(['kafka', 'redis'])
    const beyond = left.filter(({ orphaned }) => orphaned.spanMs / MINUTE_MS > most)
    const told = beyond.map(({ store, orphaned }) => `${store}: ${orphaned.count} hooks over ${orphaned.spanMs} ms`)
    expect(told, 'stores in which more than that was left behind').toEqual([])
  },
)

/** Parts of the shared drills: a chain's own observations are fresh ones, and one drill of each name is enough. */
function sharedDrills(target: Target, kind: 'release' | 'trouble'): Record<string, Probe<DrillReport>> {
  const drills = Object.entries(furtherDrills(target, kind))
  return Object.fromEntries(
    drills.map(([name, probe]) => [
      name,
      derived(probe, { operation: `the ${name} drill’s report`, pick: (value, raw) => ({ value, raw }) }),
    ]),
  )
}

chain(
  'ROLL-52',
  'Every further way in which a release can be bad is noticed and rolled back as well: to its end, within both objectives, to the images and rows of before.',
  (target) => sharedDrills(target, 'release'),
  async (drills, looking) => {
    const problems: string[] = []
    for (const [name, drill] of Object.entries(drills)) {
      const report = await looking.observe(drill)
      drillEvents(name, report, looking)
      problems.push(...drillProblems(name, report, looking))
    }
    looking.expect(Object.keys(drills).length, 'drills that were held').toBeGreaterThan(0)
    looking.expect(problems, 'what went wrong in them').toEqual([])
  },
)

chain(
  'ROLL-53',
  'A rollback whose disk fills up or whose database dies while it restores stops with the live database untouched, names the next step, and goes through when it is run again.',
  (target) => sharedDrills(target, 'trouble'),
  async (drills, looking) => {
    const problems: string[] = []
    for (const [name, drill] of Object.entries(drills)) {
      const report = await looking.observe(drill)
      drillEvents(name, report, looking)
      const interrupted = report.troubled.filter(({ step }) => step === 'restore database')
      if (interrupted.length === 0) problems.push(`${name}: no rollback was stopped while it restored`)
      problems.push(...drillProblems(name, report, looking))
    }
    looking.expect(Object.keys(drills).length, 'drills that were held').toBeGreaterThan(0)
    looking.expect(problems, 'what went wrong in them').toEqual([])
  },
)
