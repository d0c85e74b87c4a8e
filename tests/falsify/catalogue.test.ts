import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { registeredChecks } from '../../src/check.ts'
import { boundRunbook } from '../../src/cli/suites.ts'
import { catalogueProblems, type Exemptions, type Part } from '../../src/falsify/catalogue.ts'
import { loadExemptions } from '../../src/falsify/exemptions.ts'
import { type Fault, namedBy, SUBJECT_KINDS } from '../../src/falsify/fault.ts'
import { type EvaluatedLine, evaluatedLines } from '../../src/falsify/lines.ts'
import { KINDS } from '../../src/falsify/subject.ts'
import { Target } from '../../src/targets/target.ts'
import { someFault } from './fault.ts'

const NOBODY: Exemptions = { red: [], unobserved: [], healthy: [], within: [] }
const line = (id: string, system = 'host'): EvaluatedLine => ({ id, suite: 'preflight', systems: [system], loud: undefined })
const covered = someFault({ failed: ['A-1'] })
const problems = (faults: readonly Fault[], lines: readonly EvaluatedLine[], exempt = NOBODY): string[] =>
  catalogueProblems(
    [{ name: 'there', faults, lines }],
    exempt,
    lines.map(({ id }) => id),
  )
const blind = someFault({ unobserved: ['A-1'] }, { id: 'blind' })

describe('the catalogue of faults', () => {
  beforeAll(() => boundRunbook())

  const bound = (): string[] => registeredChecks().map(({ id }) => id)
  const whole = (): Part[] =>
    SUBJECT_KINDS.map((name) => {
      const { faults, describe: spec } = KINDS[name]
      return { name, faults, lines: evaluatedLines(registeredChecks(), new Target(spec())) }
    })

  it('shows every line red and blind on some target, or says why not', () =>
    expect(catalogueProblems(whole(), loadExemptions(), bound())).toEqual([]))

  it('knows the faults that CI puts into the stack, and none of them is told by a figure of time or by a drill', () => {
    const asked = readFileSync('.ci/run', 'utf8')
      .split('\n')
      .flatMap((line) => /^FAULTS=(?:\$FAULTS,)?(\S+)$/.exec(line)?.[1]?.split(',') ?? [])
    const { faults, describe: spec } = KINDS.ephemeral
    const chosen = faults.filter(({ id }) => asked.includes(id))
    const loud = evaluatedLines(registeredChecks(), new Target(spec())).filter(
      (line) => line.loud !== undefined || line.suite === 'performance',
    )
    expect(chosen.map(({ id }) => id).sort()).toEqual(asked.sort())
    expect(chosen.flatMap(namedBy).filter((id) => loud.some((line) => line.id === id))).toEqual([])
    expect(asked.length).toBeGreaterThan(10)
  })

  it('does not let a new check pass that no fault is about', () => {
    const [first, ...others] = whole()
    if (first === undefined) throw new Error('there is no kind of target')
    const grown = [{ ...first, lines: [...first.lines, line('PRE-999')] }, ...others]
    expect(catalogueProblems(grown, loadExemptions(), bound())).toEqual([
      'no fault turns PRE-999 red',
      'no fault turns PRE-999 unobserved',
    ])
  })

  it('tells a new line that no fault is about', () => {
    expect(problems([covered, blind], [line('A-1'), line('A-2')])).toEqual([
      'no fault turns A-2 red',
      'no fault turns A-2 unobserved',
    ])
  })

  it('takes an excuse for it, and no excuse that is not needed', () => {
    const excuse = { line: 'A-2', reason: 'nothing can break it here' }
    const exempt = { ...NOBODY, red: [excuse], unobserved: [excuse] }
    expect(problems([covered, blind], [line('A-1'), line('A-2')], exempt)).toEqual([])
    expect(problems([covered, blind], [line('A-1')], { ...NOBODY, red: [{ line: 'A-1', reason: 'x' }] })).toEqual([
      'A-1 is excused from being red, and a fault makes it so: remove the excuse',
    ])
    expect(problems([covered, blind], [line('A-1')], { ...NOBODY, red: [excuse] })).toEqual([
      'A-2 is excused from being red, and has no check',
    ])
  })

  it.each([
    ['two faults of one name', [covered, covered, blind], 'two faults of there are called some-fault'],
    ['a fault without lines', [covered, blind, someFault({}, { id: 'idle' })], 'idle names no line that must notice it'],
    [
      'a line that is not there',
      [covered, blind, someFault({ failed: ['A-9'] }, { id: 'lost' })],
      'lost names A-9, which there does not evaluate',
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
    expect(problems(faults, [line('A-1')])).toEqual([problem])
  })
})
