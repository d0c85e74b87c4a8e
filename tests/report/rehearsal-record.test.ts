import { describe, expect, it } from 'vitest'
import {
  lastRealRestore,
  type RehearsalRecord,
  rehearsalRecordSchema,
  restoreSentence,
} from '../../src/report/rehearsal-record.ts'

const record: RehearsalRecord = {
  at: '2026-01-03T02:20:00.000Z',
  real: true,
  backup: '20260103_020000',
  takenAt: '2026-01-03T02:00:00.000Z',
  source: 'ssh:deploy@app-1.example.com:/opt/backups',
  host: 'ci-7 (PostgreSQL 15.18 of this run)',
  ms: 61_250,
  bytes: 1_000,
  broken: [],
}

describe('what is kept of rehearsed restores', () => {
  it('is a record that another program can read', () => {
    expect(rehearsalRecordSchema.parse(record)).toEqual(record)
    expect(rehearsalRecordSchema.safeParse({ ...record, more: 1 }).success).toBe(false)
  })

  it('gives the last restore of real data that came to an end', () => {
    const later = { ...record, at: '2026-01-05T02:20:00.000Z' }
    const generated = { ...record, at: '2026-01-07T02:20:00.000Z', real: false }
    const none = { ...record, at: '2026-01-08T02:20:00.000Z', backup: null }
    expect(lastRealRestore([later, record, generated, none])).toBe(later)
    expect(lastRealRestore([generated, none])).toBeUndefined()
  })

  it.each([
    [undefined, '2026-01-03T03:00:00Z', 'A real backup was never restored, as far as this history tells.'],
    [
      record,
      '2026-01-03T03:00:00Z',
      'A real backup was last restored on 2026-01-03 02:20 UTC (within the last hour): 20260103_020000 of ssh:deploy@app-1.example.com:/opt/backups, on ci-7 (PostgreSQL 15.18 of this run), in 61.3 s.',
    ],
    [
      { ...record, ms: 600_000, broken: ['20260104_020000'] },
      '2026-01-04T08:20:00Z',
      'A real backup was last restored on 2026-01-03 02:20 UTC (30 hours ago): 20260103_020000 of ssh:deploy@app-1.example.com:/opt/backups, on ci-7 (PostgreSQL 15.18 of this run), in 10.0 min; 1 newer did not restore (20260104_020000).',
    ],
    [{ ...record, ms: 7 }, '2026-01-09T02:20:00Z', expect.stringMatching(/\(6 days ago\).*in 7 ms\.$/)],
  ])('is one sentence in a report’s head', (last, now, sentence) => {
    expect(restoreSentence(last, new Date(now))).toEqual(sentence)
  })
})
