import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { startPressure } from '../../src/prove/pressure.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'pressure-test-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

it('keeps processor, disk and memory busy, and leaves nothing behind', async () => {
  const before = childrenOfThisProcess()
  {
    await using pressure = await startPressure(directory, 64 * 1024 * 1024)
    expect(pressure.words).toMatch(/^under pressure: \d+ busy processes/)
    expect((await stat(path.join(directory, 'pressure'))).size).toBeGreaterThan(0)
    expect(childrenOfThisProcess()).toBe(before + os.availableParallelism() + 2)
  }
  await vi.waitFor(() => expect(childrenOfThisProcess()).toBe(before))
  expect(await readdir(directory)).toEqual([])
})

function childrenOfThisProcess(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'ProcessWrap').length
}
