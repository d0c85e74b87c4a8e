import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { heldBy } from '../../../src/prove/kill/held.ts'
import { killOnce, type Watched } from '../../../src/prove/kill/kill-once.ts'
import { engineHere } from '../../support/engine.ts'

const START_MS = 600_000
const found = await engineHere()
const name =
  'engine' in found ? 'a run in containers that is killed' : `a run in containers that is killed (skipped: ${found.reason})`

/** When it is killed: once its output or what the engine holds of it says that it has come so far. */
const MOMENTS: Readonly<Record<string, (run: Watched, held: readonly string[]) => boolean>> = {
  'while its stack starts': (_run, held) => held.length > 6,
  'while its drill is held': (_run, held) => held.some((one) => /^container .*-drill-.*hook-receiver/.test(one)),
  'while it is torn down': ({ output }, held) => /^[✓✗?] /m.test(output) && held.length < 10,
}

describe.skipIf('reason' in found)(name, () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'runbook-killed-test-'))
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  // `npm run prove -- kill` does the same at many moments.
  it.for(Object.keys(MOMENTS))('leaves nothing behind when it is killed %s', { timeout: START_MS }, async (moment) => {
    if (!('engine' in found)) return
    const { docker } = found.engine
    const { wasKilled, left } = await killOnce({
      docker,
      argv: ['--target=ephemeral', `--check=${moment.includes('drill') ? 'ROLL-40' : 'DEP-33'}`],
      directory: path.join(directory, moment.replaceAll(' ', '-')),
      when: async (run) => MOMENTS[moment]?.(run, (await heldBy(docker, run.pid)).names) ?? false,
      signal: AbortSignal.timeout(START_MS),
    })
    expect(wasKilled, 'it was killed before it ended').toBe(true)
    expect(left, 'containers, networks, images, volumes, processes and temporary files').toEqual([])
  })
})
