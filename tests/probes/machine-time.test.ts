import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isShort, machineInWords, watchMachine } from '../../src/probes/machine-time.ts'

let proc = ''
beforeEach(async () => {
  proc = await mkdtemp(path.join(os.tmpdir(), 'runbook-proc-'))
  await mkdir(path.join(proc, 'pressure'))
})
afterEach(() => rm(proc, { recursive: true }))

async function counters(waitedUs: number, stolen: number, idle = 1_000): Promise<void> {
  const pressure = `some avg10=1.00 avg60=2.00 avg300=3.00 total=${waitedUs}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n`
  await writeFile(path.join(proc, 'pressure', 'cpu'), pressure)
  await writeFile(path.join(proc, 'stat'), `cpu  100 0 100 ${idle} 0 0 0 ${stolen} 50 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n`)
}

describe('watchMachine', () => {
  it('tells the share of time in which something waited, and what other guests took', async () => {
    await counters(1_000, 0)
    const untilNow = await watchMachine(proc)
    await counters(1_000_000_000, 100, 1_300)
    expect(await untilNow()).toEqual({ waiting: 1, stolen: 0.25 })
  })

  it('tells of a machine on which nothing changed', async () => {
    await counters(5, 5)
    const untilNow = await watchMachine(proc)
    expect(await untilNow()).toEqual({ waiting: 0, stolen: 0 })
  })

  it('says why it could not read, at the beginning or at the end', async () => {
    const never = await watchMachine(path.join(proc, 'nowhere'))
    expect(await never()).toEqual({ unread: expect.stringContaining('ENOENT') })
    await counters(1, 1)
    const broken = await watchMachine(proc)
    await writeFile(path.join(proc, 'pressure', 'cpu'), 'nonsense')
    expect(await broken()).toEqual({ unread: `${proc}/pressure/cpu or ${proc}/stat holds no such figures` })
  })
})

describe('isShort', () => {
  it.each([
    [{ waiting: 0.25, stolen: 0.05 }, false],
    [{ waiting: 0.26, stolen: 0 }, true],
    [{ waiting: 0, stolen: 0.06 }, true],
    [{ unread: 'no such file' }, false],
  ])('%o: %s', (time, short) => {
    expect(isShort(time)).toBe(short)
  })
})

it('is put into words', () => {
  expect(machineInWords({ waiting: 0.8, stolen: 0 })).toBe('on this machine something waited for a processor 80 % of the time')
  expect(machineInWords({ waiting: 0, stolen: 0.1 })).toContain('10 % of its processors’ time was taken by other guests')
  expect(machineInWords({ unread: 'no such file' })).toContain('is not known: no such file')
})
