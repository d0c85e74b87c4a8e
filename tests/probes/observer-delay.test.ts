import { describe, expect, it } from 'vitest'
import { watchObserver } from '../../src/probes/observer-delay.ts'

/** Keeps the event loop from turning, as a long garbage collection does. */
function block(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

const turns = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe('watchObserver', () => {
  it('weighs a long delay by how long it lasted', async () => {
    const watch = watchObserver()
    await turns(20)
    block(200)
    await turns(20)
    const delay = watch.stop()
    expect(delay.max).toBeGreaterThanOrEqual(190)
    // One tick among many, yet most of the time: an answer would most probably have met it.
    expect(delay.p95).toBeGreaterThanOrEqual(190)
  })

  it('sees a delay that has not ended when it is stopped', () => {
    const watch = watchObserver()
    block(60)
    expect(watch.stop().max).toBeGreaterThanOrEqual(50)
  })

  it('answers even if it was stopped at once', () => {
    expect(watchObserver().stop().max).toBeLessThan(50)
  })
})
