import { expect, it } from 'vitest'
import { waves } from '../../src/cli/waves.ts'

it('is one wave where all are ready soon', async () => {
  expect(await Array.fromAsync(waves([Promise.resolve('a'), Promise.resolve('b')]))).toEqual([['a', 'b']])
})

it('does not let a slow one hold up the others', async () => {
  const slow = Promise.withResolvers<string>()
  const all = waves([slow.promise, Promise.resolve('quick')], 10)
  expect((await all.next()).value).toEqual(['quick'])
  slow.resolve('slow')
  expect((await all.next()).value).toEqual(['slow'])
  expect((await all.next()).done).toBe(true)
})

it('waits for the first however long it takes', async () => {
  const only = Promise.withResolvers<string>()
  const all = waves([only.promise], 1)
  const first = all.next()
  setTimeout(() => only.resolve('late'), 20)
  expect((await first).value).toEqual(['late'])
})

it('fails as a preparation does', async () => {
  await expect(Array.fromAsync(waves([Promise.reject(new Error('broken')), Promise.resolve(1)]))).rejects.toThrow('broken')
})

it('is nothing of nothing', async () => {
  expect(await Array.fromAsync(waves([]))).toEqual([])
})
