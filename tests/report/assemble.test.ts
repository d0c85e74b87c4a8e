import { describe, expect, it } from 'vitest'
import {
  countsOf,
  coverageOf,
  type Ending,
  failuresOf,
  groupByCause,
  NOT_SELECTED,
  verdictOf,
  worstEscalation,
} from '../../src/report/assemble.ts'
import type { CheckEntry } from '../../src/report/model.ts'
import { entry, sampleReport } from '../support/sample-report.ts'

const ENDING: Ending = { failOn: 'critical', requireAttestations: false, interrupted: false }
const passed = entry({ id: 'PRE-01' })
const failed = entry({ id: 'PRE-02', outcome: 'failed', failure: { message: 'm', expected: '', actual: '' } })
const blind = (severity: CheckEntry['severity'], cause = { id: 'x', text: 'x' }): CheckEntry =>
  entry({ id: 'PRE-03', outcome: 'unobserved', severity, cause, evidence: [] })
const pending = entry({ id: 'MNT-01', outcome: 'pending' })
const signed = entry({ id: 'MNT-02', attestation: { by: 'Sam', at: '2026-11-01', until: '2026-12-01', note: 'seen' } })
const notSelected = entry({ id: 'PRE-04', outcome: null, reason: NOT_SELECTED })
const notReached = entry({ id: 'PRE-05', outcome: null, reason: 'not reached', severity: 'critical' })

describe('verdictOf', () => {
  it.each<[string, CheckEntry[], Partial<Ending>, string, number]>([
    ['all passed', [passed], {}, 'passed', 0],
    ['lines that were not selected', [passed, notSelected], {}, 'passed', 0],
    ['a waived failure', [passed, { ...failed, outcome: 'waived' }], {}, 'passed', 0],
    ['only a waived failure', [{ ...failed, outcome: 'waived' }], {}, 'passed', 0],
    ['a failed line, whatever its severity', [passed, { ...failed, severity: 'minor' }], {}, 'failed', 1],
    ['a failed and an unobserved line', [failed, blind('critical')], {}, 'failed', 1],
    ['a critical unobserved line', [passed, blind('critical')], {}, 'inconclusive', 3],
    ['a major unobserved line', [passed, blind('major')], {}, 'passed', 0],
    ['a major unobserved line with --fail-on=major', [passed, blind('major')], { failOn: 'major' }, 'inconclusive', 3],
    ['a minor unobserved line with --fail-on=minor', [passed, blind('minor')], { failOn: 'minor' }, 'inconclusive', 3],
    ['a critical line that was not reached', [passed, notReached], {}, 'inconclusive', 3],
    ['a target that did not open', [passed, blind('minor', { id: 'target:embedded', text: 'x' })], {}, 'inconclusive', 3],
    ['a broken suite', [passed, blind('minor', { id: 'suites', text: 'x' })], {}, 'inconclusive', 3],
    ['no line at all', [], {}, 'inconclusive', 3],
    ['only skipped lines', [entry({ id: 'PRE-06', outcome: 'skipped' })], {}, 'inconclusive', 3],
    ['only signed lines', [signed], {}, 'inconclusive', 3],
    ['only waived blind spots', [{ ...blind('minor'), outcome: 'waived' }], {}, 'inconclusive', 3],
    ['an outstanding signature', [passed, pending], {}, 'passed', 0],
    ['an outstanding signature that is required', [passed, pending], { requireAttestations: true }, 'pending', 4],
    ['required, outstanding and failed', [failed, pending], { requireAttestations: true }, 'failed', 1],
    ['required, outstanding and blind', [passed, pending, blind('critical')], { requireAttestations: true }, 'inconclusive', 3],
    ['an interruption', [failed], { interrupted: true }, 'interrupted', 130],
  ])('%s', (_name, checks, ending, verdict, exitCode) => {
    expect(verdictOf({ checks }, { ...ENDING, ...ending })).toEqual({ verdict, exitCode })
  })
})

describe('counts and coverage', () => {
  it('counts each outcome, and none twice', () => {
    expect(countsOf([passed, failed, pending, notSelected])).toEqual({
      passed: 1,
      failed: 1,
      unobserved: 0,
      waived: 0,
      skipped: 0,
      pending: 1,
    })
  })

  it('tells what a check judged from what a person signed and what nobody looked at', () => {
    const waivedBlind = { ...blind('minor'), outcome: 'waived' as const }
    expect(coverageOf([passed, failed, signed, pending, waivedBlind, notSelected])).toEqual({
      lines: 6,
      evaluated: 2,
      attested: 1,
      unlooked: 3,
    })
  })
})

describe('groupByCause', () => {
  it('names each root cause once, the one with the gravest dependants first', () => {
    const groups = groupByCause(sampleReport())
    expect(groups.map(({ cause, dependants }) => [cause.id, dependants.map(({ id }) => id)])).toEqual([
      ['unreachable:10.0.4.12:9092', ['POST-22', 'DEP-20', 'DEP-21', 'PERF-09']],
      ['undescribed:expect.vantage', ['PRE-31']],
    ])
  })

  it('names the lines that failed on the same', () => {
    const cause = { id: 'unreachable:x', text: 'x refused' }
    const [group] = groupByCause({ checks: [{ ...failed, cause }, blind('major', cause)] })
    expect(group?.failed.map(({ id }) => id)).toEqual(['PRE-02'])
  })
})

describe('failures', () => {
  it('come with the gravest first, else in the order of the runbook', () => {
    expect(failuresOf(sampleReport()).map(({ id }) => id)).toEqual(['PRE-11', 'POST-04', 'PERF-02'])
  })

  it('tell whom to call for the worst of them', () => {
    expect(worstEscalation(sampleReport())?.entry.id).toBe('POST-04')
    expect(worstEscalation({ checks: [passed] })).toBeNull()
  })
})
