import { describe, expect, it } from 'vitest'
import { registeredChecks } from '../../../src/check.ts'
import { loadTarget } from '../../../src/targets/load.ts'
import '../../../suites/preflight/accounts.test.ts'
import '../../../suites/preflight/directories.test.ts'
import '../../../suites/preflight/docker.test.ts'
import '../../../suites/preflight/limits.test.ts'
import '../../../suites/preflight/machine.test.ts'
import { lookWith } from '../../../src/falsify/look.ts'

/** Everything but what asks the public endpoint: this test sends nothing off the machine. */
const checks = registeredChecks().filter(({ id }) => id !== 'PRE-19')
const spec = loadTarget('this-machine')

describe('the machine half of preflight on the very machine that runs this test', () => {
  it('looks at every line: no defect, no skipped line, nothing passed without evidence', async () => {
    const results = await lookWith(checks, { spec, secrets: {} })
    if (process.env.SHOW !== undefined)
      for (const r of results.values()) console.log(r.id, r.outcome, r.reason.split('\n').slice(0, 6).join(' | ').slice(0, 300))
    const odd = [...results.values()].filter(
      ({ outcome, reason, evidence }) =>
        outcome === 'skipped' || /the check itself broke/.test(reason) || (outcome === 'passed' && evidence.length === 0),
    )
    expect(odd.map(({ id, reason }) => `${id}: ${reason}`)).toEqual([])
  })
})
