import { describe, expect, it } from 'vitest'
import { UsageError } from '../../../src/outcome.ts'
import type { Mutant } from '../../../src/prove/mutation/choose.ts'
import { loadExplained, whyOf } from '../../../src/prove/mutation/explained.ts'
import { importersIn } from '../../../src/prove/mutation/imports.ts'
import { parseMutation } from '../../../src/prove/mutation/options.ts'
import { touchedBy } from '../../../src/prove/mutation/touched.ts'
import type { Tried } from '../../../src/prove/mutation/try-mutant.ts'
import { mutationExitCode, rowOf, summary } from '../../../src/prove/mutation/words.ts'

const SOURCES = new Map([
  ['src/probes/http.ts', 'export const a = 1'],
  ['src/probes/metrics.ts', "import { a } from './http.ts'"],
  ['suites/support/health.ts', "const { a } = await import('../../src/probes/metrics.ts')"],
  [
    'suites/deploy/one.test.ts',
    "import '../support/health.ts'\ncheck(\n  'DEP-01', 'x')\n\nfunction helper() {}\n\nchain('DEP-02', 'y')\n",
  ],
  ['suites/deploy/two.test.ts', "import '../support/health.ts'\ncheck('DEP-03', 'x')\n"],
  ['tests/probes/http.test.ts', "import { a } from '../../src/probes/http.ts'"],
  ['tests/probes/other.test.ts', "import '../../src/probes/metrics.ts'"],
  ['tests/suites/deploy/one.test.ts', "import '../../../suites/deploy/one.test.ts'"],
  ['tests/suites/deploy/embedded.test.ts', "import '../../../suites/deploy/two.test.ts'"],
])

describe('what a change touches', () => {
  const touched = (file: string, start = 0) => touchedBy({ file, start }, SOURCES, importersIn(SOURCES))

  it('is the tests that import the file, the nearest first and whole targets only where nothing else does', () => {
    expect(touched('src/probes/http.ts').tests).toEqual([
      'tests/probes/http.test.ts',
      'tests/probes/other.test.ts',
      'tests/suites/deploy/one.test.ts',
    ])
    expect(touched('suites/deploy/two.test.ts').tests).toEqual(['tests/suites/deploy/embedded.test.ts'])
  })

  it('is the lines of all suites that depend on it, some of each, or the one line that was changed', () => {
    expect(touched('src/probes/http.ts').lines).toEqual(['DEP-01', 'DEP-03', 'DEP-02'])
    const text = SOURCES.get('suites/deploy/one.test.ts') ?? ''
    expect(touched('suites/deploy/one.test.ts', text.indexOf("'x'")).lines).toEqual(['DEP-01'])
    expect(touched('suites/deploy/one.test.ts', text.indexOf("'y'")).lines).toEqual(['DEP-02'])
    expect(touched('suites/deploy/one.test.ts', text.indexOf('helper')).lines).toEqual(['DEP-01', 'DEP-02'])
  })
})

const mutant = (more: Partial<Mutant> = {}): Mutant => ({
  file: 'src/probes/http.ts',
  line: 7,
  kind: 'moved boundary',
  start: 0,
  end: 5,
  from: 'a < b',
  to: 'a <= b',
  ...more,
})
const tried = (killedBy: Tried['killedBy'], more: Partial<Mutant> = {}): Tried => ({
  mutant: mutant(more),
  touched: { tests: [], lines: [] },
  killedBy,
  said: killedBy === undefined ? '' : 'tests/probes/http.test.ts > fails',
  seconds: 3.2,
})
const explained = [
  { file: 'src/probes/http.ts', kind: 'moved boundary', from: 'a   <\n b', why: 'Both are right, whichever it is.' },
]

describe('the mutants together', () => {
  it('are told one by one, and by share with every survivor', () => {
    expect(rowOf(tried('tests'))).toBe(
      'noticed by tests  src/probes/http.ts:7  moved boundary: a < b → a <= b  (3 s; tests/probes/http.test.ts > fails)',
    )
    const text = summary([tried('tests'), tried(undefined), tried(undefined, { from: 'x' })], explained)
    expect(text).toContain('1 of 3 mutants in 1 files were noticed (33.3 %): 1 by tests, 0 by falsification, 0 by time')
    expect(text).toContain('    Both are right, whichever it is.')
    expect(text).toContain('UNEXPLAINED; test it, or explain it in fixtures/mutants.yaml')
  })

  it.each([
    ['all were noticed', [tried('tests')], 0],
    ['nineteen of twenty were, and the one is explained', [...Array<Tried>(19).fill(tried('tests')), tried(undefined)], 0],
    [
      'nineteen of twenty were, and nobody said why',
      [...Array<Tried>(19).fill(tried('tests')), tried(undefined, { from: 'x' })],
      1,
    ],
    ['too many survived, explained or not', [...Array<Tried>(18).fill(tried('time')), tried(undefined), tried(undefined)], 1],
    ['there was none', [], 1],
  ])('%s', (_, all, code) => {
    expect(mutationExitCode(all, explained)).toBe(code)
  })

  it('are explained by what is changed, not by its line', () => {
    expect(whyOf(mutant({ line: 99 }), explained)).toBe('Both are right, whichever it is.')
    expect(whyOf(mutant({ file: 'other.ts' }), explained)).toBeUndefined()
    expect(loadExplained().every(({ why }) => why.length >= 20)).toBe(true)
  })
})

describe('its options', () => {
  it('have defaults', () => {
    expect(parseMutation([])).toEqual({ count: 60, seed: 1, jobs: 2, only: '', again: false })
    expect(parseMutation(['5', '--seed=3', '--jobs=1', '--only=probes', '--again'])).toMatchObject({
      count: 5,
      seed: 3,
      again: true,
    })
  })

  it.each([[['0']], [['1', '2']], [['--sed=1']], [['--jobs=x']]])('refuse %j', (argv) => {
    expect(() => parseMutation(argv)).toThrow(UsageError)
  })
})
