import { beforeAll, describe, expect, it } from 'vitest'
import { FAULTS } from '../../fixtures/faults/index.ts'
import { registeredChecks } from '../../src/check.ts'
import { boundRunbook } from '../../src/cli/suites.ts'
import { catalogueProblems, type Exemptions } from '../../src/falsify/catalogue.ts'
import { loadExemptions } from '../../src/falsify/exemptions.ts'
import { type EvaluatedLine, evaluatedLines } from '../../src/falsify/lines.ts'
import { describeEmbedded } from '../../src/targets/embedded/index.ts'
import { Target } from '../../src/targets/target.ts'
import { someFault } from './fault.ts'

const NOBODY: Exemptions = { red: [], unobserved: [], healthy: [], within: [] }
const line = (id: string, system = 'host'): EvaluatedLine => ({ id, suite: 'preflight', systems: [system], loud: undefined })
const covered = someFault({ failed: ['A-1'] })
const blind = someFault({ unobserved: ['A-1'] }, { id: 'blind' })

describe('the catalogue of faults', () => {
  beforeAll(() => boundRunbook())

  it('shows every line of the embedded target red and blind, or says why not', () => {
    const lines = evaluatedLines(registeredChecks(), new Target(describeEmbedded()))
    expect(catalogueProblems(FAULTS, lines, loadExemptions())).toEqual([])
  })

  it('tells a new line that no fault is about', () => {
    expect(catalogueProblems([covered, blind], [line('A-1'), line('A-2')], NOBODY)).toEqual([
      'no fault turns A-2 red',
      'no fault turns A-2 unobserved',
    ])
  })

  it('takes an excuse for it, and no excuse that is not needed', () => {
    const excuse = { line: 'A-2', reason: 'nothing can break it here' }
    const exempt = { ...NOBODY, red: [excuse], unobserved: [excuse] }
    expect(catalogueProblems([covered, blind], [line('A-1'), line('A-2')], exempt)).toEqual([])
    expect(catalogueProblems([covered, blind], [line('A-1')], { ...NOBODY, red: [{ line: 'A-1', reason: 'x' }] })).toEqual([
      'A-1 is excused from being red, and a fault makes it so: remove the excuse',
    ])
    expect(catalogueProblems([covered, blind], [line('A-1')], { ...NOBODY, red: [excuse] })).toEqual([
      'A-2 is excused from being red, and is not evaluated here',
    ])
  })

  it.each([
    ['two faults of one name', [covered, covered, blind], 'two faults are called some-fault'],
    ['a fault without lines', [covered, blind, someFault({}, { id: 'idle' })], 'idle names no line that must notice it'],
    [
      'a line that is not there',
      [covered, blind, someFault({ failed: ['A-9'] }, { id: 'lost' })],
      'lost names A-9, which this target does not evaluate',
    ],
    [
      'a line that the fault cannot reach',
      [covered, blind, someFault({ failed: ['A-1'] }, { id: 'far', touches: ['dns'] })],
      'far names A-1, which touches none of dns',
    ],
    [
      'a line named twice',
      [covered, someFault({ failed: ['A-1'], unobserved: ['A-1'] }, { id: 'torn' })],
      'torn names A-1 twice',
    ],
  ])('tells %s', (_, faults, problem) => {
    expect(catalogueProblems(faults, [line('A-1')], NOBODY)).toEqual([problem])
  })
})
