import { describe, expect, it } from 'vitest'
import { pull } from '../../src/images/pull.ts'
import { RegistryUnreachable } from '../../src/images/registry.ts'
import { type EngineScript, scriptedEngine } from './support/engine.ts'

async function pulled(script: EngineScript): Promise<void> {
  await using engine = await scriptedEngine(script)
  const reference = { text: 'store:7.2', registry: 'docker.io', tag: '7.2', digest: undefined }
  const nothing = () => undefined
  const options = { signal: AbortSignal.timeout(10_000), onStep: nothing, onAnswer: nothing, answerMs: 100 }
  await pull(engine.docker, reference, options)
}

describe('pull', () => {
  it('gives up on a registry that does not answer', async () => {
    const silent = pulled({ registry: () => 'silent' })
    await expect(silent).rejects.toThrow('the registry docker.io did not answer within 0.1 s')
    await expect(silent).rejects.toBeInstanceOf(RegistryUnreachable)
  })

  it('tells a registry that cannot be reached from one that says no', async () => {
    await expect(pulled({ registry: () => 'dial tcp: connection refused' })).rejects.toThrow(
      'the registry docker.io cannot be reached: dial tcp: connection refused',
    )
    const refused = pulled({ registry: () => 'manifest unknown' })
    await expect(refused).rejects.toThrow('pulling store:7.2 failed: manifest unknown')
    await expect(refused).rejects.not.toBeInstanceOf(RegistryUnreachable)
  })
})
