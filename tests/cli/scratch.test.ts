import { statSync } from 'node:fs'
import os from 'node:os'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { scratchDirectory } from '../../src/cli/scratch.ts'

afterEach(() => vi.unstubAllEnvs())

describe('where throwaway files lie', () => {
  it('is where TMPDIR says', async () => {
    vi.stubEnv('TMPDIR', '/somewhere')
    expect(await scratchDirectory()).toBe('/somewhere')
  })

  it('is otherwise a directory that is there', async () => {
    vi.stubEnv('TMPDIR', undefined)
    const directory = await scratchDirectory()
    expect(['/dev/shm', os.tmpdir()]).toContain(directory)
    expect(statSync(directory).isDirectory()).toBe(true)
  })
})
