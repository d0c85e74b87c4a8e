import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Unobserved } from '../../src/outcome.ts'
import { hostUsage } from '../../src/probes/host-usage.ts'
import { testSession } from '../support/session.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'host-usage-'))
  mkdirSync(join(root, 'proc'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const usage = (simulated = true) =>
  hostUsage({ role: 'services', shell: 'local', address: 'localhost', root, simulated, sudo: false }).read(testSession())

function meminfo(text: string): void {
  writeFileSync(join(root, 'proc/meminfo'), text)
}

describe('hostUsage', () => {
  it('reads memory, swap and load, and marks what a stand-in said', async () => {
    meminfo('MemTotal:       1000 kB\nMemFree: 1 kB\nMemAvailable:    600 kB\nSwapTotal: 50 kB\nSwapFree: 40 kB\n')
    writeFileSync(join(root, 'proc/loadavg'), '0.75 0.50 0.25 1/234 5678\n')
    const reading = await usage()
    expect(reading.value).toEqual({ memoryTotal: 1_024_000, memoryAvailable: 614_400, swapUsed: 10_240, load: 0.75 })
    expect(reading.origin).toBe('simulated')
  })

  it('cannot look where a file is missing or says something else', async () => {
    meminfo('MemTotal: 1000 kB\n')
    await expect(usage()).rejects.toThrow(Unobserved)
    writeFileSync(join(root, 'proc/loadavg'), 'busy\n')
    await expect(usage()).rejects.toThrow(/did not tell memory and load/)
  })
})
