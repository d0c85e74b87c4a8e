import { describe, expect, it } from 'vitest'
import type { Probe } from '../../src/probe.ts'
import { repeatedTimes, type WatchedTimes } from '../../src/probes/repeated-times.ts'
import { BUSY, IDLE, times } from '../suites/support/load-result.ts'
import { testSession } from '../support/session.ts'

/** A probe that measures one thing after another. */
function measuring(answers: readonly WatchedTimes[], deadlineMs = 10_000): Probe<WatchedTimes> & { taken: number } {
  return {
    kind: 'times',
    access: { system: 'x', address: 'x:1', operation: 'ask', effect: 'read', reproduce: 'ask' },
    deadlineMs,
    taken: 0,
    async read() {
      this.taken += 1
      const value = answers[Math.min(this.taken, answers.length) - 1] ?? times(0, 0)
      return { value, raw: `measurement ${this.taken}` }
    },
  }
}

const QUIET = { p95: 0, p99: 0, max: 0 }
const LATE = { p95: 3, p99: 3, max: 3 }

async function measured(answers: readonly WatchedTimes[], deadlineMs?: number) {
  const probe = measuring(answers, deadlineMs)
  const counted: Probe<WatchedTimes> = { ...probe, read: (session) => probe.read(session) }
  const reading = await repeatedTimes(counted, { p95: 10 }).read(testSession())
  return { taken: probe.taken, ...reading }
}

describe('repeatedTimes', () => {
  it.each([
    ['what is within the limit, however late the observer was', times(100, 10, LATE, BUSY)],
    ['what is slow while nothing else was', times(100, 11, QUIET, IDLE)],
    ['what is slow on a machine of which nothing is known', times(100, 11, QUIET, { unread: 'no such file' })],
    ['what is slower than either explains', times(100, 31.1, LATE, BUSY)],
    ['nothing', times(0, 0, LATE, BUSY)],
  ])('takes at its word %s', async (_, answer) => {
    expect(await measured([answer])).toMatchObject({ taken: 1, raw: 'measurement 1' })
  })

  it.each([
    ['the observer was late', times(100, 11, LATE, IDLE)],
    ['its machine was short of processor time', times(100, 11, QUIET, BUSY)],
  ])('measures anew where %s, and tells what it threw away', async (_, spoilt) => {
    const { taken, value, raw } = await measured([spoilt, times(100, 5)])
    expect(taken).toBe(2)
    expect(value.value[0]).toBe(5)
    expect(raw).toBe('measurement 2\nattempt 1, thrown away: measurement 1')
  })

  it('gives up after three times, and once its time is over', async () => {
    expect(await measured([times(100, 11, LATE)])).toMatchObject({ taken: 3 })
    expect(await measured([times(100, 11, LATE)], 0)).toMatchObject({ taken: 1 })
  })
})
