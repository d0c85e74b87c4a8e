import { expect, it } from 'vitest'
import { pull } from '../../src/images/pull.ts'
import { scriptedEngine } from './support/engine.ts'

it('gives up on a registry that does not answer', async () => {
  await using engine = await scriptedEngine({ registry: () => 'silent' })
  const signal = AbortSignal.timeout(10_000)
  const pulled = pull(engine.docker, 'store:7.2', { signal, onStep: () => undefined, answerMs: 50 })
  await expect(pulled).rejects.toThrow('pulling store:7.2 failed: no registry answered for 0.05 s')
})
