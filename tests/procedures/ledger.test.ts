import { describe, expect, it } from 'vitest'
import type { SentToken } from '../../src/procedures/canary.ts'
import { lossesOf, readLedger } from '../../src/procedures/ledger.ts'

/** Token n is sent at n × 10 and answered 5 later. */
const token = (number: number, accepted = true): SentToken => ({
  id: `t${number}`,
  number,
  sentAt: number * 10,
  answeredAt: number * 10 + 5,
  accepted,
})
const ledgerOf = (...entries: readonly (readonly [number, number | null])[]) =>
  readLedger({ name: 'x', read: async () => entries.map(([id, number]) => ({ id: `t${id}`, number })) })

describe('what a rollback lost', () => {
  it('counts accepted tokens that are gone or hollow, and the time that they span', async () => {
    const ledger = await ledgerOf([1, 1], [2, 2], [3, null])
    const tokens = [1, 2, 3, 4].map((number) => token(number)).concat(token(5, false), token(6))
    const [loss] = lossesOf({ ledgers: new Map([['x', ledger]]), tokens, backupAt: 26, stoppedAt: 50 })
    // Token 5 was refused and token 6 came after the outage; 3 has another content, 4 is gone: from 30 to 45.
    expect(loss).toEqual({
      store: 'x',
      accepted: 4,
      kept: 2,
      lost: 2,
      lostMs: 15,
      lostTokens: ['t3', 't4'],
      lostBeforeBackup: [],
      duplicates: [],
      skewed: [],
    })
  })

  it('tells what the backup should have held, what is there twice, and what only one store has', async () => {
    const ledgers = new Map([
      ['one', await ledgerOf([1, 1], [1, 1], [2, 2])],
      ['other', await ledgerOf([1, 1])],
    ])
    const [one, other] = lossesOf({ ledgers, tokens: [token(1), token(2)], backupAt: 26, stoppedAt: 50 })
    expect(one).toMatchObject({ lost: 0, lostMs: 0, duplicates: ['t1'], skewed: ['t2'] })
    expect(other).toMatchObject({ lost: 1, lostBeforeBackup: ['t2'], duplicates: [], skewed: [] })
  })

  it('of nothing accepted is nothing', async () => {
    const [loss] = lossesOf({ ledgers: new Map([['x', await ledgerOf()]]), tokens: [], backupAt: 1, stoppedAt: 2 })
    expect(loss).toMatchObject({ accepted: 0, kept: 0, lost: 0, lostMs: 0 })
  })
})
