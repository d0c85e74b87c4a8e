import { describe, expect, it } from 'vitest'
import { fromBothEnds } from '../../src/falsify/both-ends.ts'

/** The items in the order in which they were begun; each ends when the test says so. */
function ledger() {
  const begun: number[] = []
  const ends = new Map<number, () => void>()
  const work = async (item: number): Promise<number> => {
    begun.push(item)
    const { promise, resolve } = Promise.withResolvers<void>()
    ends.set(item, resolve)
    await promise
    return item * 10
  }
  return { begun, work, end: (item: number) => ends.get(item)?.() }
}

describe('work from both ends', () => {
  it.each([
    [1, [1]],
    [2, [9, 1]],
    [3, [9, 1, 2]],
    [4, [9, 1, 8, 2]],
  ])('begins in %i lanes with the longest in half of them, and with the shortest in the others', (lanes, first) => {
    const { begun, work } = ledger()
    void fromBothEnds([9, 8, 7, 6, 5, 4, 3, 2, 1], lanes, work)
    expect(begun).toEqual(first)
  })

  it('takes the next from the same end, each item once, and tells the results in the order of the items', async () => {
    const { begun, work, end } = ledger()
    const done = fromBothEnds([5, 4, 3, 2, 1], 2, work)
    end(1)
    await expect.poll(() => begun).toEqual([5, 1, 2])
    end(5)
    await expect.poll(() => begun).toEqual([5, 1, 2, 4])
    end(2)
    await expect.poll(() => begun).toEqual([5, 1, 2, 4, 3])
    end(3)
    end(4)
    expect(await done).toEqual([50, 40, 30, 20, 10])
  })

  it('has nothing to do without items, and fails as the work does', async () => {
    expect(await fromBothEnds([], 3, async () => 1)).toEqual([])
    await expect(fromBothEnds([1, 2], 2, async () => Promise.reject(new Error('it broke')))).rejects.toThrow('it broke')
  })
})
