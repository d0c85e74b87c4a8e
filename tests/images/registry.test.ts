import { describe, expect, it } from 'vitest'
import { ImageFailed } from '../../src/images/failures.ts'
import { RegistryUnreachable, registryGate } from '../../src/images/registry.ts'

describe('registryGate', () => {
  it('tries an unreachable registry once, and every other one', async () => {
    const gate = registryGate()
    const tried: string[] = []
    const ask = (registry: string, error?: Error) =>
      gate(registry, async () => {
        tried.push(registry)
        if (error !== undefined) throw error
      })
    const results = await Promise.allSettled([
      ask('one', new RegistryUnreachable('one is away')),
      ask('one'),
      ask('two', new ImageFailed('no such image')),
      ask('two'),
    ])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'fulfilled'])
    expect(tried.sort()).toEqual(['one', 'two', 'two'])
  })

  it('lets the others go on as soon as the first has an answer', async () => {
    const gate = registryGate()
    const { promise: rest, resolve: finish } = Promise.withResolvers<void>()
    const first = gate('one', async (answered) => {
      answered()
      await rest
    })
    await gate('one', async () => undefined)
    finish()
    await first
  })
})
