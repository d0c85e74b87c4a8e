import { describe, expect, it } from 'vitest'
import type { DrillReport } from '../../../src/procedures/drill-report.ts'
import { drillReport, loss, trouble } from '../../support/drill-report.ts'
import { failureOf } from '../../support/failure.ts'
import { follow as followAny, judge as judgeAny, testTarget } from '../../support/judging.ts'
import '../../../suites/rollback/drill.test.ts'
import '../../../suites/deploy/rehearsed.test.ts'

const target = testTarget({ kind: 'embedded' })
const judge = (id: string, answers: unknown) => judgeAny(id, answers, { target })
const follow = (id: string, answer: () => unknown) => followAny(id, answer, { target })
const good = drillReport()
const LEFT = { count: 6, spanMs: 80, tokens: ['token-4'] }
const topic = (more: Parameters<typeof loss>[0] = {}) =>
  loss({ store: 'kafka', takenBack: false, lost: 0, lostMs: 0, orphaned: LEFT, ...more })
const keys = (more: Parameters<typeof loss>[0] = {}) => topic({ store: 'redis', ...more })
const failed = { ...good.rollback, outcome: 'failed' as const, failure: 'restore database: disk full' }
const [backupStep, ...otherSteps] = good.deploy.steps

/** Check → reports on which it must fail, each with what its message names. */
const BAD: Readonly<Record<string, readonly (readonly [Partial<DrillReport>, RegExp])[]>> = {
  'ROLL-41': [[{ detection: null }, /nobody noticed/]],
  'ROLL-42': [
    [{ rtoMs: null }, /until a hook was stored/],
    [{ rtoMs: 16 * 60_000 }, /minutes/],
  ],
  'ROLL-43': [
    [{ losses: [] }, /stores in which/],
    [{ losses: [loss({ accepted: 0 })] }, /stores in which/],
    [{ losses: [loss({ lostMs: 301_000 })] }, /postgres: 301000 ms/],
  ],
  'ROLL-44': [
    [{ losses: [] }, /stores/],
    [{ losses: [loss({ kept: 0 })] }, /kept any/],
    [{ losses: [loss({ lostBeforeBackup: ['token-1'] })] }, /token-1/],
  ],
  'ROLL-45': [
    [{ losses: [] }, /stores/],
    [{ losses: [loss({ duplicates: ['token-2'] })] }, /token-2 twice/],
    [{ losses: [loss({ skewed: ['token-3'] })] }, /another store does not/],
  ],
  'ROLL-46': [
    [{ digests: { ...good.digests, after: good.digests.bad } }, /after the rollback/],
    [{ digests: { ...good.digests, bad: good.digests.before } }, /bad release/],
    [{ digests: { released: {}, before: {}, bad: {}, after: {} } }, /ran before/],
  ],
  'ROLL-47': [
    [{ tables: [] }, /tables in the manifest/],
    [{ tables: [{ name: 'hook_events', manifest: 5, restored: 4 }] }, /4 rows instead of 5/],
    [{ schemaHash: { manifest: 'a', restored: 'b' } }, /schema hash/],
  ],
  'ROLL-48': [
    [{ configuration: [] }, /configuration files/],
    [{ configuration: [{ path: '/x', before: 'a', bad: 'a', after: 'a' }] }, /changed a file/],
    [{ configuration: [{ path: '/x', before: 'a', bad: 'b', after: 'b' }] }, /\/x/],
  ],
  'ROLL-49': [[{ keptAs: null }, /it is gone/]],
  'ROLL-50': [
    [{ troubled: [] }, /sent into trouble/],
    [{ troubled: [trouble('one', { stopped: false }), trouble('two')] }, /one: the rollback went through/],
    [{ troubled: [trouble('one', { next: '' }), trouble('two')] }, /without saying what to do/],
    [{ troubled: [trouble('one', { changed: ['databases: a became b'] }), trouble('two')] }, /one: databases: a became b/],
  ],
  'DEP-90': [
    [{ deploy: { ...good.deploy, failure: 'services: answers 503' } }, /answers 503/],
    [{ deploy: { ...good.deploy, steps: otherSteps } }, /steps that were done/],
    [{ deploy: { ...good.deploy, steps: good.deploy.steps.map((step) => ({ ...step, ms: 5_000 })) } }, /not ready/],
  ],
  'DEP-91': [
    [{ deploy: { ...good.deploy, ms: 151_000 } }, /seconds/],
    [{ deploy: { ...good.deploy, outcome: 'failed' } }, /the deploy/],
  ],
  'DEP-92': [
    [{ digests: { ...good.digests, before: good.digests.bad } }, /after the deploy/],
    [{ digests: { released: {}, before: {}, bad: {}, after: {} } }, /services of the release/],
  ],
  'DEP-93': [
    [{ badDeploy: { ...good.badDeploy, steps: otherSteps } }, /first step/],
    [{ badDeploy: { ...good.badDeploy, steps: backupStep === undefined ? [] : [backupStep] } }, /second step/],
    [{ backup: { ...good.backup, bytes: 0 } }, /bytes of the backup/],
    [{ tables: [] }, /tables in its manifest/],
  ],
}

describe.each(Object.entries(BAD))('%s', (id, cases) => {
  it('passes on a drill that went well', async () => {
    await judge(id, good)
  })

  it.each(cases.map(([report, message]) => [message.source, report, message] as const))(
    'fails: %s',
    async (_text, report, message) => {
      expect(await failureOf(judge(id, drillReport(report)))).toMatch(message)
    },
  )
})

describe('ROLL-40', () => {
  it('passes on a rollback that went through, and fails on one that stopped', async () => {
    const { measurements } = await follow('ROLL-40', () => good)
    expect(measurements.map(({ name }) => name)).toContain('rollback.step.restore database')
    expect(await failureOf(follow('ROLL-40', () => drillReport({ rollback: failed })))).toMatch(/disk full/)
    expect(await failureOf(follow('ROLL-40', () => drillReport({ rollback: { ...good.rollback, steps: [] } })))).toMatch(/steps/)
  })
})

it('measures recovery time and what each store lost', async () => {
  const { measurements } = await judge('ROLL-43', good)
  expect(measurements).toMatchObject([
    { name: 'rollback.rpo.postgres', value: 300, limit: 300_000, sampleCount: 50 },
    { name: 'rollback.lost.postgres', value: 10 },
  ])
  expect((await judge('ROLL-42', good)).measurements).toMatchObject([
    { name: 'rollback.rto', value: 400, limit: 900_000 },
    { name: 'rollback.rto.1 check inputs', value: 150 },
    { name: 'rollback.rto.2 first correct hook', value: 250 },
  ])
})

describe('ROLL-51', () => {
  const ephemeral = testTarget({ kind: 'ephemeral' })
  const judged = (...losses: DrillReport['losses']) => judgeAny('ROLL-51', drillReport({ losses }), { target: ephemeral })

  it('passes on events and keys of the time since the backup, and measures them', async () => {
    const { measurements } = await judged(loss(), topic(), keys())
    expect(measurements).toMatchObject([
      { name: 'rollback.orphaned.kafka', value: 6 },
      { name: 'rollback.skew.kafka', value: 80, limit: 300_000 },
      { name: 'rollback.orphaned.redis', value: 6 },
      { name: 'rollback.skew.redis', value: 80 },
    ])
  })

  it('fails where they span more, and where a store was not looked at or holds nothing', async () => {
    const long = { count: 9, spanMs: 301_000, tokens: [] }
    expect(await failureOf(judged(loss(), topic({ orphaned: long }), keys()))).toMatch(/kafka: 9 hooks over 301000 ms/)
    expect(await failureOf(judged(loss(), topic()))).toMatch(/not taken back and hold hooks/)
    expect(await failureOf(judged(loss(), topic({ kept: 0 }), keys()))).toMatch(/not taken back and hold hooks/)
  })
})

describe.each([
  ['ROLL-52', 'slow'],
  ['ROLL-53', 'database-killed'],
] as const)('%s', (id, name) => {
  const further = testTarget({ kind: 'embedded', drills: ['corrupting-migration', name] })
  const interrupted = trouble('database killed', { step: 'restore database' })
  const held = (more: Partial<DrillReport> = {}) =>
    followAny(id, () => drillReport({ troubled: [...good.troubled, interrupted], ...more }), { target: further })

  it('passes on a drill that went well, and measures it under its own name', async () => {
    const { measurements } = await held()
    expect(measurements.map((one) => one.name)).toEqual([
      `rollback.rto (${name})`,
      `rollback.rto.1 check inputs (${name})`,
      `rollback.rto.2 first correct hook (${name})`,
      `rollback.detection (${name})`,
      `rollback.rpo.postgres (${name})`,
    ])
  })

  it.each([
    [{ detection: null }, /nobody noticed/],
    [{ rollback: failed }, /the rollback stopped: restore database: disk full/],
    [{ rtoMs: null }, /no hook was stored correctly/],
    [{ rtoMs: 16 * 60_000 }, /recovery took 960000 ms/],
    [{ losses: [loss({ lostMs: 301_000 })] }, /postgres lost 301000 ms/],
    [{ losses: [loss({ kept: 0 })] }, /postgres kept no hook/],
    [{ losses: [loss({ lostBeforeBackup: ['t'] })] }, /lost t, which the backup held/],
    [{ losses: [loss({ duplicates: ['t'] })] }, /holds t twice/],
    [{ losses: [loss({ skewed: ['t'] })] }, /another store does not/],
    [{ digests: { ...good.digests, after: good.digests.bad } }, /other images run/],
    [{ schemaHash: { manifest: 'a', restored: 'b' } }, /the schema is not/],
    [{ tables: [{ name: 'hook_events', manifest: 5, restored: 4 }] }, /4 rows instead of 5/],
    [{ troubled: [trouble('t', { stopped: false }), interrupted] }, /t: the rollback went through/],
    [{ troubled: [interrupted, trouble('t', { changed: ['live database: gone'] })] }, /t: live database: gone/],
  ] as const)('fails on %j', async (more, message) => {
    expect(await failureOf(held(more))).toMatch(message)
  })

  it('is skipped where no such drill is asked for', async () => {
    await expect(followAny(id, () => good, { target })).rejects.toThrow(/--drill=all holds them all/)
  })
})

it('ROLL-53 fails where no rollback was stopped while it restored', async () => {
  const further = testTarget({ kind: 'embedded', drills: ['corrupting-migration', 'database-killed'] })
  expect(await failureOf(followAny('ROLL-53', () => good, { target: further }))).toMatch(/no rollback was stopped/)
})

it('is not held on a live target', async () => {
  await expect(judgeAny('ROLL-41', good)).rejects.toThrow(/target every-part is live; run it on --target=embedded/)
})

it('ROLL-43 takes a loss of exactly the objective', async () => {
  await judge('ROLL-43', { ...good, losses: [loss({ lostMs: 300_000 })] })
})

it('DEP-90 forgives the millisecond by which clocks are rounded, and no more', async () => {
  const [first, ...rest] = good.deploy.steps
  if (first === undefined) throw new Error('a deploy without steps')
  const startingAt = (early: number) => {
    const startedAt = new Date(Date.parse(first.startedAt) + Math.floor(first.ms) - early).toISOString()
    return { ...good, deploy: { ...good.deploy, steps: [first, ...rest.map((step) => ({ ...step, startedAt, ms: 0 }))] } }
  }
  await judge('DEP-90', startingAt(1))
  await failureOf(judge('DEP-90', startingAt(2)))
})
