import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { applyWaiver, loadWaivers, type Waiver, waiversSchema } from '../../src/waivers.ts'
import { parseYamlFile } from '../../src/yaml-file.ts'
import { mistakeOf } from '../support/mistake.ts'

const NOW = new Date('2026-11-24T12:00:00Z')
const LINES = [
  { id: 'PRE-07', attestedDays: undefined },
  { id: 'MNT-01', attestedDays: 30 },
]
const GOOD: Waiver = {
  check: 'PRE-07',
  outcome: 'unobserved',
  justification: 'The provider hides the flag.',
  approvedBy: 'Jane',
  expires: '2026-12-01',
  risk: 'A slow disk goes unnoticed.',
}

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'waivers-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function load(...entries: readonly unknown[]): Waiver[] {
  const file = join(directory, 'waivers.yaml')
  writeFileSync(file, stringify(entries))
  return loadWaivers(file, LINES, NOW)
}

const mistake = (...entries: readonly unknown[]): string => mistakeOf(() => load(...entries))

describe('loadWaivers', () => {
  it('reads what is well-formed, an expired waiver included', () => {
    expect(load(GOOD, { ...GOOD, outcome: 'failed', expires: '2026-01-01' })).toHaveLength(2)
  })

  it.each([
    ['an unknown line', { ...GOOD, check: 'PRE-99' }, ':1: `[0].check`: the runbook has no line PRE-99'],
    ['a pattern', { ...GOOD, check: 'PRE-*' }, ':1: `[0].check`: names more than one line'],
    ['a line that is signed', { ...GOOD, check: 'MNT-01' }, ':1: `[0].check`: MNT-01 is signed by a person'],
    ['an outcome that nothing can accept', { ...GOOD, outcome: 'skipped' }, ':2: `[0].outcome`'],
    ['a thin reason', { ...GOOD, justification: 'later' }, ':3: `[0].justification`'],
    ['an end that is too far away', { ...GOOD, expires: '2027-11-24' }, ':5: `[0].expires`: is more than 180 days'],
    ['an unknown key', { ...GOOD, forever: true }, ':7: `[0].forever`: unknown key `forever`'],
  ])('refuses %s, naming file, key and line', (_, entry, expected) => {
    expect(mistake(entry)).toContain(`waivers.yaml${expected}`)
  })

  it('refuses a missing owner, risk or expiry', () => {
    const { approvedBy: _a, risk: _r, expires: _e, ...rest } = GOOD
    const message = mistake(rest)
    for (const key of ['approvedBy', 'risk', 'expires']) expect(message).toContain(`\`[0].${key}\``)
  })

  it('refuses a second waiver of the same, also where only one names the target', () => {
    expect(mistake(GOOD, { ...GOOD, target: 'prod' })).toContain('`[1].check`: PRE-07 (unobserved) is waived already by [0]')
    expect(load({ ...GOOD, target: 'prod' }, { ...GOOD, target: 'staging' })).toHaveLength(2)
  })

  it('accepts the shape of the example that is shipped', () => {
    expect(parseYamlFile('fixtures/waivers.example.yaml', waiversSchema, { what: 'waivers file' }).length).toBeGreaterThan(0)
  })
})

describe('applyWaiver', () => {
  const result = { id: 'PRE-07', target: 'prod', outcome: 'unobserved' } as const

  it('waives exactly the line, outcome and target it names', () => {
    expect(applyWaiver(result, [GOOD], NOW)).toMatchObject({ outcome: 'waived', waiver: GOOD })
    expect(applyWaiver({ ...result, outcome: 'failed' }, [GOOD], NOW).outcome).toBe('failed')
    expect(applyWaiver({ ...result, id: 'PRE-08' }, [GOOD], NOW).outcome).toBe('unobserved')
    expect(applyWaiver(result, [{ ...GOOD, target: 'staging' }], NOW).outcome).toBe('unobserved')
  })

  it('holds until the last moment before its expiry, and is named from then on', () => {
    expect(applyWaiver(result, [GOOD], new Date('2026-11-30T23:59:59.999Z')).outcome).toBe('waived')
    expect(applyWaiver(result, [GOOD], new Date('2026-12-01T00:00:00Z'))).toEqual({
      outcome: 'unobserved',
      waiver: undefined,
      note: 'the waiver by Jane expired on 2026-12-01 and is not applied',
    })
  })

  it('leaves a passed line passed', () => {
    expect(applyWaiver({ ...result, outcome: 'passed' }, [GOOD], NOW)).toEqual({ outcome: 'passed', waiver: undefined, note: '' })
  })
})
