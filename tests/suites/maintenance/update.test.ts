import { describe, expect, it } from 'vitest'
import { NotApplicable, Unobserved } from '../../../src/outcome.ts'
import type { Silence } from '../../../src/probes/alertmanager.ts'
import { stagingReport } from '../../../suites/support/staging-report.ts'
import { failureOf } from '../../support/failure.ts'
import { judge, testTarget } from '../../support/judging.ts'
import '../../../suites/maintenance/update.test.ts'

const NOW = new Date('2026-11-24T12:00:00Z')

function silence(overrides: Partial<Silence> = {}): Silence {
  return {
    id: 's1',
    status: { state: 'expired' },
    createdBy: 'jane',
    comment: 'scheduled update CHG0042',
    startsAt: '2026-11-24T10:00:00Z',
    endsAt: '2026-11-24T12:00:00Z',
    matchers: [{ name: 'service', value: 'hook-receiver', isRegex: false, isEqual: true }],
    ...overrides,
  }
}
const silences = (...value: Silence[]) => ({ ok: true, value })

describe('MNT-19', () => {
  it('passes on an announced window of today', async () => {
    await judge('MNT-19', silences(silence()), { now: NOW })
  })

  it.each([
    ['no silence', [], 'begin within a day'],
    ['one of last week only', [silence({ startsAt: '2026-11-17T10:00:00Z' })], 'begin within a day'],
    ['one without owner', [silence({ createdBy: ' ' })], 'has no owner'],
    ['one without comment', [silence({ comment: '' })], 'has no comment'],
    ['one without a near end', [silence({ endsAt: '2027-11-24T10:00:00Z' })], 'lasts 8760 hours'],
    [
      'one of everything',
      [silence({ matchers: [{ name: 'alertname', value: '.*', isRegex: true, isEqual: true }] })],
      'everything',
    ],
  ])('fails on %s', async (_, list, message) => {
    expect(await failureOf(judge('MNT-19', silences(...list), { now: NOW }))).toMatch(message)
  })

  it('fails where Alertmanager answers something else', async () => {
    expect(await failureOf(judge('MNT-19', { ok: false, problem: 'answered 500' }, { now: NOW }))).toMatch(/500/)
  })
})

const target = testTarget({ staging: { report: 'staging.json' } })

describe('MNT-21 and MNT-22', () => {
  const report = (run: object = {}, rest: object = {}) =>
    JSON.stringify({
      schema: 'omninode-runbook/report@1',
      run: { finishedAt: '2026-11-23T12:00:00Z', selection: '', exitCode: 0, ...run },
      target: { name: 'staging', environment: 'staging', release: { 'hook-receiver': 'sha256:1' } },
      verdict: 'passed',
      ...rest,
    })

  it('passes on a green, whole and fresh report of another target', async () => {
    await judge('MNT-21', report(), { now: NOW, target })
  })

  it.each([
    ['a failed one', report({ exitCode: 1 }, { verdict: 'failed' }), 'its verdict is failed'],
    ['a partial one', report({ selection: 'PARTIAL: 1 of 180 lines' }), 'not of the whole runbook'],
    ['an old one', report({ finishedAt: '2026-11-17T11:00:00Z' }), 'days old'],
    ['one of the future', report({ finishedAt: '2026-11-25T12:00:00Z' }), 'days old'],
    ['an unfinished one', report({ finishedAt: null, exitCode: null }), 'never finished'],
    ['another file', '{}', 'what is wrong with the report'],
    ['no JSON', 'x', 'what is wrong with the report'],
    ['its own report', report().replace('"staging"', '"every-part"'), 'of every-part itself'],
  ])('fails on %s', async (_, text, message) => {
    expect(await failureOf(judge('MNT-21', text, { now: NOW, target }))).toMatch(message)
  })

  const releasing = (digest: string) =>
    testTarget({
      staging: { report: 'staging.json' },
      release: { services: { 'hook-receiver': digest }, reversible: [], restoreOnly: [] },
    })

  it('compares digests, and is unobserved where nothing says what is to be released', async () => {
    await judge('MNT-22', report(), { target: releasing('sha256:1') })
    expect(await failureOf(judge('MNT-22', report(), { target: releasing('sha256:2') }))).toMatch(/staging ran sha256:1/)
    expect(await failureOf(judge('MNT-22', 'x', { target: releasing('sha256:1') }))).toMatch('what is wrong')
    await expect(judge('MNT-22', report(), { target })).rejects.toThrow(Unobserved)
  })

  it('is skipped where the target has no staging, unobserved where it does not say', () => {
    expect(() => stagingReport(testTarget({ parts: { staging: 'none' } }))).toThrow(NotApplicable)
    const { staging: _staging, ...spec } = testTarget().spec
    expect(() => stagingReport(testTarget(spec))).toThrow(Unobserved)
    expect(stagingReport(testTarget({ staging: { report: 'staging.json' } })).access.reproduce).toBe('cat staging.json')
  })
})

describe('MNT-23', () => {
  const log = (tail: string) => ({ path: '/logs/deployment.log', tail })

  it('wants the last entry of the log inside a window', async () => {
    await judge('MNT-23', {
      silences: silences(silence()),
      log: log('[2026-11-24 11:00:00] start\n[2026-11-24 11:30:00] done\nbye'),
    })
    const late = { silences: silences(silence()), log: log('2026-11-24T12:30:00Z done') }
    expect(await failureOf(judge('MNT-23', late))).toMatch('2026-11-24T12:30:00')
    expect(await failureOf(judge('MNT-23', { silences: silences(silence()), log: log('') }))).toMatch('a time in the last lines')
    expect(await failureOf(judge('MNT-23', { silences: silences(), log: log('2026-11-24T11:30:00Z done') }))).toMatch('')
  })
})

describe('MNT-25', () => {
  it('fails on an active silence and says whose it is', async () => {
    await judge('MNT-25', silences(silence()))
    expect(await failureOf(judge('MNT-25', silences(silence({ status: { state: 'active' } }))))).toMatch(/jane until/)
    expect(await failureOf(judge('MNT-25', { ok: false, problem: 'answered 404' }))).toMatch(/404/)
  })
})
