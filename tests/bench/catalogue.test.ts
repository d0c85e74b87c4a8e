import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { BENCHMARKS, mistakeIn, usage } from '../../bench/catalogue.ts'

describe('the benchmarks', () => {
  it('are all in the catalogue, and the catalogue has no other', () => {
    const files = readdirSync('bench').filter((file) => file.endsWith('.ts') && !['main.ts', 'catalogue.ts'].includes(file))
    expect(files.map((file) => file.replace(/\.ts$/, '')).toSorted()).toEqual(Object.keys(BENCHMARKS).toSorted())
  })

  it('are listed with what they take', () => {
    expect(usage()).toMatch(/^ {2}backup \[RUNS\] \[ROWS\] {2,}backup and restore, beside pg_dump/m)
  })

  it.each([
    { call: ['run'], mistake: undefined },
    { call: ['backup', '3', '200000'], mistake: undefined },
    { call: ['detection', '--every=3'], mistake: undefined },
    { call: ['rnu'], mistake: 'there is no benchmark "rnu", did you mean "run"?' },
    { call: ['backup', '3', 'many'], mistake: 'ROWS of backup: expected a whole number from 1, not "many"' },
    { call: ['run', '0'], mistake: 'RUNS of run: expected a whole number from 1, not "0"' },
    { call: ['run', '3', '4'], mistake: 'run takes no further "4"; call it as npm run bench -- run [RUNS]' },
    { call: ['stack', '--every=3'], mistake: 'stack takes no --every=3; call it as npm run bench -- stack [RUNS]' },
  ])('$call: $mistake', ({ call: [name = '', ...argv], mistake }) => {
    expect(mistakeIn(name, argv)).toBe(mistake)
  })
})
