import { describe, expect, it } from 'vitest'
import { type ProvedRun, proofExitCode, runWords, tallyText } from '../../src/prove/tally.ts'
import type { CheckEntry } from '../../src/report/model.ts'
import { entry, sampleReport } from '../support/sample-report.ts'

function run(number: number, checks: readonly CheckEntry[], exitCode: number | null = 0): ProvedRun {
  const counts = { passed: 0, failed: 0, unobserved: 0, waived: 0, skipped: 0, pending: 0 }
  for (const { outcome } of checks) if (outcome !== null) counts[outcome] += 1
  const report = sampleReport((one) => ({ ...one, verdict: 'passed', checks: [...checks], counts }))
  return { number, seconds: 12.34, exitCode, directory: `proof/${number}`, report, reason: '' }
}

const good = entry({ id: 'PRE-01' })
const bad = entry({
  id: 'PRE-02',
  title: 'It holds.',
  outcome: 'failed',
  failure: { message: 'too slow\nby far', expected: '', actual: '' },
})
const unseen = entry({ id: 'PRE-03', title: 'It is seen.', outcome: 'unobserved', reason: 'nobody answers' })
const alike = { ...unseen, id: 'PRE-04' }
const lost: ProvedRun = { number: 2, seconds: 1, exitCode: null, directory: 'proof/2', report: undefined, reason: 'killed' }

describe('a proof', () => {
  it('says of each run how it ended', () => {
    expect(runWords(run(1, [good, unseen]), 10)).toBe('run 1/10    12.3 s  exit 0  passed  1 passed, 1 unobserved')
    expect(runWords(lost, 2)).toBe('run 2/2     1.0 s  ended by a signal  no report: killed (see proof/2)')
  })

  it('names each false alarm once, with its runs, and each cause of blindness with all its lines', () => {
    expect(tallyText([run(1, [good, unseen, alike]), run(2, [bad, unseen, alike], 1)], 2)).toBe(
      [
        '1 of 2 runs ended with 0',
        'false alarms: 1',
        '  PRE-02 in run 2: It holds.',
        '    too slow',
        'unobserved: 2',
        '  in every run: nobody answers',
        '    PRE-03, PRE-04',
      ].join('\n'),
    )
  })

  it('says what did not take place, and which runs left nothing to read', () => {
    expect(tallyText([run(1, [good]), lost], 3)).toContain(
      '1 of 3 runs ended with 0; 1 did not take place\nwithout a report: run 2\nfalse alarms: none',
    )
  })

  it.each([
    ['all ended with 0', [run(1, [good]), run(2, [good, unseen])], 0],
    ['a line failed, whatever the run made of it', [run(1, [good, bad])], 1],
    ['a run left no report', [run(1, [good]), lost], 1],
    ['a run was inconclusive', [run(1, [unseen], 3)], 3],
    ['no run took place', [], 3],
  ])('%s', (_, runs, code) => {
    expect(proofExitCode(runs)).toBe(code)
  })
})
