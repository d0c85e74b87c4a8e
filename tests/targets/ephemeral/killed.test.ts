import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OWNER_LABEL, RUN_LABEL } from '../../../src/targets/ephemeral/labels.ts'
import { until } from '../../../src/wait.ts'
import { engineHere } from '../../support/engine.ts'

const MAIN = path.resolve('src/cli/main.ts')
/** Nothing may be left so long after a run's death, in milliseconds. */
const GONE_MS = 20_000
const START_MS = 600_000
const found = await engineHere()
const name =
  'engine' in found ? 'a run in containers that is killed' : `a run in containers that is killed (skipped: ${found.reason})`

/** When it is killed: once its log or its containers say that it has come so far. */
const MOMENTS: Readonly<Record<string, (seen: { readonly log: string; readonly containers: number }) => boolean>> = {
  'as its first containers are made': ({ containers }) => containers > 0,
  'while its stack starts': ({ containers }) => containers > 7,
  'while its checks look': ({ log }) => /^[✓✗?] /m.test(log),
  'while it is torn down': ({ log, containers }) => /^[✓✗?] /m.test(log) && containers < 10,
}

describe.skipIf('reason' in found)(name, () => {
  let out: string
  let child: ChildProcess | undefined

  beforeAll(async () => {
    out = await mkdtemp(path.join(os.tmpdir(), 'runbook-killed-test-'))
  })
  afterAll(async () => {
    child?.kill('SIGKILL')
    await rm(out, { recursive: true, force: true })
  })

  /** What the engine holds of the runs of that process. */
  async function heldBy(pid: number): Promise<{ containers: number; all: number }> {
    if (!('engine' in found)) return { containers: 0, all: 0 }
    const { docker } = found.engine
    const filters = { label: [RUN_LABEL] }
    const [containers, networks, { Volumes }] = await Promise.all([
      docker.listContainers({ all: true, filters }),
      docker.listNetworks({ filters }),
      docker.listVolumes({ filters: filters as never }),
    ])
    const own = (entries: readonly { Labels?: Record<string, string> | null | undefined }[]) =>
      entries.filter(({ Labels }) => Labels?.[OWNER_LABEL]?.split('/')[1] === String(pid)).length
    return { containers: own(containers), all: own(containers) + own(networks) + own(Volumes ?? []) }
  }

  it.for(Object.keys(MOMENTS))('leaves nothing in the engine when it is killed %s', { timeout: START_MS }, async (moment) => {
    const reached = MOMENTS[moment]
    const run = spawn(process.execPath, [MAIN, '--target=ephemeral', '--check=DEP-33', `--out=${out}`], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    child = run
    let log = ''
    run.stdout.on('data', (chunk: Buffer) => {
      log += chunk.toString()
    })
    const pid = run.pid ?? 0
    await until(
      async () => (run.exitCode === null ? reached?.({ log, containers: (await heldBy(pid)).containers }) : true),
      (isReached) => isReached === true,
      { deadlineMs: START_MS, everyMs: 20 },
    )
    expect(run.exitCode, `the run ended before it could be killed ${moment}:\n${log}`).toBeNull()
    run.kill('SIGKILL')
    await once(run, 'exit')
    const left = await until(
      async () => (await heldBy(pid)).all,
      (count) => count === 0,
      { deadlineMs: GONE_MS, everyMs: 200 },
    )
    expect(left, 'containers, networks and volumes').toBe(0)
  })
})
