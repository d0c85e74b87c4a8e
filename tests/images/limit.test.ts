import { expect, it } from 'vitest'
import { limitTo } from '../../src/images/limit.ts'

it('runs at most so many at once, all in the end, a failure included', async () => {
  const limit = limitTo(2)
  let running = 0
  let most = 0
  const work = (index: number) =>
    limit(async () => {
      running += 1
      most = Math.max(most, running)
      await new Promise((resolve) => setImmediate(resolve))
      running -= 1
      if (index === 1) throw new Error('one fails')
      return index
    })
  const results = await Promise.allSettled([0, 1, 2, 3, 4].map(work))
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled'])
  expect(most).toBe(2)
})
