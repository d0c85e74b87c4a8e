import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadAttestations, stateOf } from '../../src/attestations.ts'
import { readRunbook } from '../../src/runbook.ts'
import { mistakeOf } from '../support/mistake.ts'

const NOW = new Date('2026-11-24T12:00:00Z')
const LINES = [
  { id: 'MNT-01', attestedDays: 30 },
  { id: 'MNT-02', attestedDays: undefined },
]
const GOOD = { line: 'MNT-01', by: 'Jane', at: '2026-11-20', until: '2026-12-20', note: 'looked' }

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'attestations-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function load(...entries: readonly Record<string, string>[]) {
  const file = join(directory, 'attestations.yaml')
  const text = entries.map((entry) => {
    const [first, ...rest] = Object.entries(entry).map(([key, value]) => `${key}: ${value}`)
    return [`- ${first}`, ...rest.map((line) => `  ${line}`)].join('\n')
  })
  writeFileSync(file, `${text.join('\n')}\n`)
  return loadAttestations(file, LINES, NOW)
}

const mistake = (...entries: readonly Record<string, string>[]): string => mistakeOf(() => load(...entries))

describe('loadAttestations', () => {
  it('gives each sign-off by the id of its line', () => {
    expect(load(GOOD)).toEqual(new Map([['MNT-01', { by: 'Jane', at: '2026-11-20', until: '2026-12-20', note: 'looked' }]]))
  })

  it.each([
    ['an unknown line', { ...GOOD, line: 'MNT-99' }, ':1: `[0].line`: the runbook has no line MNT-99'],
    ['a line that a check looks at', { ...GOOD, line: 'MNT-02' }, ':1: `[0].line`: MNT-02 is looked at by a check'],
    ['a date in the future', { ...GOOD, at: '2026-11-25' }, ':3: `[0].at`: lies in the future'],
    ['a validity beyond the line’s', { ...GOOD, until: '2026-12-21' }, ':4: `[0].until`: is too late'],
    ['a validity that never was', { ...GOOD, until: '2026-11-20' }, ':4: `[0].until`: is not after'],
    ['a malformed date', { ...GOOD, at: 'yesterday' }, ':3: `[0].at`'],
    ['an unknown key', { ...GOOD, sign: 'x' }, ':6: `[0].sign`: unknown key `sign`'],
    ['an anonymous sign-off', { ...GOOD, by: '""' }, ':2: `[0].by`'],
  ])('refuses %s, naming file, key and line', (_, entry, expected) => {
    expect(mistake(entry)).toContain(`attestations.yaml${expected}`)
  })

  it('refuses two sign-offs of one line', () => {
    expect(mistake(GOOD, GOOD)).toContain('attestations.yaml:6: `[1].line`: MNT-01 is signed twice')
  })

  it('takes a renewal that begins when the sign-off before it has ended, and the latest of them', () => {
    const old = { ...GOOD, at: '2026-10-01', until: '2026-10-20' }
    expect(load(GOOD, old).get('MNT-01')).toMatchObject({ at: '2026-11-20' })
  })

  it('accepts the example that is shipped', () => {
    const signed = loadAttestations('fixtures/attestations.example.yaml', readRunbook(), NOW)
    expect([...signed.keys()]).toContain('MNT-01')
  })
})

describe('stateOf', () => {
  const line = { id: 'MNT-01', attestedDays: 30 }
  const signed = { by: 'Jane', at: '2026-11-20', until: '2026-12-20', note: 'looked' }

  it('is pending where nobody has signed', () => {
    expect(stateOf(line, undefined, NOW)).toEqual({ outcome: 'pending', reason: 'nobody has signed MNT-01' })
  })

  it('is passed to the last moment of the sign-off, and pending from its end', () => {
    expect(stateOf(line, signed, new Date('2026-12-19T23:59:59.999Z')).outcome).toBe('passed')
    expect(stateOf(line, signed, new Date('2026-12-20T00:00:00Z'))).toEqual({
      outcome: 'pending',
      reason: 'the sign-off by Jane of 2026-11-20 expired on 2026-12-20',
    })
  })
})
