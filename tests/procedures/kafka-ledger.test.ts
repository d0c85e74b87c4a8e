import { describe, expect, it } from 'vitest'
import { openKafkaLedger } from '../../src/procedures/kafka-ledger.ts'

// What it reads from a real broker is tested with the drill's stores (tests/suites/support/drill-in-containers.test.ts).
describe('a topic as a place of tokens', () => {
  it('is not opened where no broker answers', async () => {
    const brokers = ['127.0.0.1:1']
    const signal = AbortSignal.timeout(20_000)
    const opening = openKafkaLedger({ brokers, replicationFactor: 1, topic: 'x', tokenOf: () => undefined, signal })
    await expect(opening).rejects.toThrow()
  })
})
