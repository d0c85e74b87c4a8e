import { describe, expect, it } from 'vitest'
import type { SentToken } from '../../../src/procedures/canary.ts'
import type { StoreLoss } from '../../../src/procedures/drill-report.ts'
import { readLedger } from '../../../src/procedures/ledger.ts'
import { type HostLoss, judgeHostLoss, skewsOf } from '../../../src/prove/host-loss/judge.ts'

const MINUTE_MS = 60_000
const loss = (store: string, more: Partial<StoreLoss> = {}): StoreLoss => ({
  store,
  accepted: 10,
  kept: 7,
  lost: 3,
  lostMs: 2_000,
  lostTokens: ['x'],
  lostBeforeBackup: [],
  duplicates: [],
  skewed: [],
  takenBack: true,
  orphaned: { count: 0, spanMs: 0, tokens: [] },
  ...more,
})
const found = (more: Partial<HostLoss> = {}): HostLoss => ({
  phases: [],
  rtoMs: 60_000,
  losses: [loss('postgres'), loss('kafka')],
  skews: [
    { store: 'postgres', count: 0, spanMs: 0 },
    { store: 'kafka', count: 2, spanMs: 300 },
  ],
  stores: ['postgres', 'kafka'],
  limits: { rtoMinutes: 240, rpoMinutes: 360 },
  postdeploy: { exitCode: 0, words: 'PASSED' },
  ...more,
})
const broken = (loss_: HostLoss): string[] =>
  judgeHostLoss(loss_)
    .filter(({ holds }) => !holds)
    .map(({ what, detail }) => `${what}: ${detail}`)

describe('the verdict on the loss of a host', () => {
  it('is green where everything is within its limit', () => {
    expect(broken(found())).toEqual([])
    expect(judgeHostLoss(found())).toHaveLength(8)
  })

  it.each<[string, Partial<HostLoss>, RegExp]>([
    ['no hook is stored correctly again', { rtoMs: null }, /RTO\): none was/],
    ['it took too long', { rtoMs: 241 * MINUTE_MS }, /within 240 minutes of the loss \(RTO\): 14460\.0 s/],
    [
      'a store lost too much',
      { losses: [loss('postgres', { lostMs: 361 * MINUTE_MS }), loss('kafka')] },
      /postgres lost no more than 360 minutes \(RPO\): 3 hooks over 21660\.0 s/,
    ],
    [
      'a store is empty',
      { losses: [loss('postgres'), loss('kafka', { kept: 0, lost: 10, lostBeforeBackup: ['a', 'b'] })] },
      /kafka has every hook that was accepted before the backup: lost: a, b/,
    ],
    [
      'nothing was kept, and nothing had been accepted before the backup',
      { losses: [loss('postgres'), loss('kafka', { kept: 0 })] },
      /kafka has every hook/,
    ],
    [
      'a store is far ahead of the others',
      {
        skews: [
          { store: 'postgres', count: 0, spanMs: 0 },
          { store: 'kafka', count: 9, spanMs: 361 * MINUTE_MS },
        ],
      },
      /kafka is no further ahead/,
    ],
    ['a store was not looked into', { losses: [loss('postgres')] }, /kafka was looked into after the recovery: it was not/],
    [
      'the new host is not green',
      { postdeploy: { exitCode: 1, words: 'FAILED: 1 line' } },
      /postdeploy suite .*: FAILED: 1 line/,
    ],
  ])('is red where %s', (_what, more, says) => {
    const rows = broken(found(more))
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatch(says)
  })
})

describe('the skew of stores', () => {
  const token = (number: number): SentToken => ({
    id: `t${number}`,
    number,
    sentAt: number * 10,
    answeredAt: number * 10 + 5,
    accepted: true,
    answered: true,
  })
  const ledger = (...numbers: number[]) =>
    readLedger({ name: 'x', takenBack: true, read: async () => numbers.map((number) => ({ id: `t${number}`, number })) })

  it('is what one has and another has not, with the time that it spans', async () => {
    const ledgers = new Map([
      ['postgres', await ledger(1, 2)],
      ['kafka', await ledger(1, 2, 3, 4)],
    ])
    expect(skewsOf(ledgers, [1, 2, 3, 4, 5].map(token))).toEqual([
      { store: 'postgres', count: 0, spanMs: 0 },
      { store: 'kafka', count: 2, spanMs: 15 },
    ])
  })
})
