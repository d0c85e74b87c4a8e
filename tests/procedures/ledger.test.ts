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
  answered: true,
})
type Entries = readonly (readonly [number, number | null])[]
const ledgerIn = (takenBack: boolean, entries: Entries) =>
  readLedger({ name: 'x', takenBack, read: async () => entries.map(([id, number]) => ({ id: `t${id}`, number })) })
const ledgerOf = (...entries: Entries) => ledgerIn(true, entries)

describe('what a rollback lost', () => {
  it('does not take for skew what was cut off before it was answered, and does so for what was refused', async () => {
    const ledgers = new Map([
      [
        'one',
        await ledgerIn(false, [
          [1, 1],
          [2, 2],
        ]),
      ],
      ['other', await ledgerIn(false, [])],
    ])
    const tokens = [{ ...token(1, false), answered: false }, token(2, false)]
    const [loss] = lossesOf({ ledgers, tokens, backupAt: 0, stoppedAt: 5 })
    expect(loss?.skewed).toEqual(['t2'])
  })

  it('counts accepted tokens that are gone or hollow, and the time that they span', async () => {
    const ledger = await ledgerOf([1, 1], [2, 2], [3, null])
    const tokens = [1, 2, 3, 4].map((number) => token(number)).concat(token(5, false), token(6))
    const [loss] = lossesOf({ ledgers: new Map([['x', ledger]]), tokens, backupAt: 26, stoppedAt: 50 })
    // Token 5 was refused and token 6 came after the outage; 3 has another content, 4 is gone: from 30 to 45.
    expect(loss).toEqual({
      store: 'x',
      takenBack: true,
      accepted: 4,
      kept: 2,
      lost: 2,
      lostMs: 15,
      lostTokens: ['t3', 't4'],
      lostBeforeBackup: [],
      duplicates: [],
      skewed: [],
      orphaned: { count: 0, spanMs: 0, tokens: [] },
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

  it('tells what a store that is not taken back keeps of hooks that the rollback gave up from what no rollback explains', async () => {
    const all: Entries = [1, 2, 3, 4, 7].map((number) => [number, number] as const)
    const ledgers = new Map([
      [
        'table',
        await ledgerIn(true, [
          [1, 1],
          [8, 8],
        ]),
      ],
      ['topic', await ledgerIn(false, all)],
      [
        'keys',
        await ledgerIn(
          false,
          all.filter(([number]) => number !== 4),
        ),
      ],
    ])
    const tokens = [1, 2, 3, 4, 7, 8].map((number) => token(number))
    const [table, topic, keys] = lossesOf({ ledgers, tokens, backupAt: 26, stoppedAt: 50 })
    // 1 and 2 are older than the backup: losing 2 is the backup's fault, and 4 is missing where nothing was taken back.
    const orphaned = { count: 1, spanMs: 5, tokens: ['t3'] }
    expect(topic).toMatchObject({ lost: 0, skewed: ['t2', 't4', 't7'], orphaned })
    expect(keys).toMatchObject({ lost: 1, skewed: ['t2', 't7'], orphaned })
    expect(table).toMatchObject({ skewed: ['t8'], orphaned: { count: 0 } })
  })

  it('of nothing accepted is nothing', async () => {
    const [loss] = lossesOf({ ledgers: new Map([['x', await ledgerOf()]]), tokens: [], backupAt: 1, stoppedAt: 2 })
    expect(loss).toMatchObject({ accepted: 0, kept: 0, lost: 0, lostMs: 0 })
  })
})
