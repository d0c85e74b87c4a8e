import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type Dockerode from 'dockerode'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { build } from '../../src/images/build.ts'
import { filesUnder } from '../../src/images/context.ts'
import { pull } from '../../src/images/pull.ts'
import { connectEngine } from '../../src/targets/ephemeral/engine.ts'

const [engine] = await Promise.allSettled([connectEngine()])
const why = engine.status === 'rejected' ? ` (skipped: ${String(engine.reason)})` : ''

describe.skipIf(engine.status === 'rejected')(`on a real engine${why}`, () => {
  const name = `localhost/runbook-test/build:${process.pid}`
  const options = { signal: AbortSignal.timeout(60_000), onStep: () => undefined }
  let docker: Dockerode
  let directory: string

  beforeAll(async () => {
    if (engine.status === 'fulfilled') docker = engine.value.docker
    directory = await mkdtemp(path.join(tmpdir(), 'build-test-'))
    await writeFile(path.join(directory, 'hello'), 'hello\n')
  })
  afterAll(() => rm(directory, { recursive: true }))

  async function buildOf(dockerfile: string): Promise<void> {
    await writeFile(path.join(directory, 'Dockerfile'), dockerfile)
    await build(docker, { ...options, name, files: filesUnder(directory, '') })
  }

  it('builds what the files say', async () => {
    await buildOf('FROM scratch\nCOPY hello /hello\n')
    const { Config } = await docker.getImage(name).inspect()
    expect(Config.Labels).toMatchObject({ 'runbook.image': name })
    await docker.getImage(name).remove({ force: true })
  })

  it('says how a build failed', async () => {
    await expect(buildOf('FROM scratch\nCOPY missing /\n')).rejects.toThrow(
      /^building localhost\/runbook-test.*failed: [\s\S]*missing/,
    )
  })

  it('says how a pull failed', async () => {
    const reference = { text: 'localhost:1/nothing:1', registry: 'localhost:1', tag: '1', digest: undefined }
    const pulled = pull(docker, reference, { ...options, onAnswer: () => undefined })
    await expect(pulled).rejects.toThrow(/^the registry localhost:1 cannot be reached: .*refused/)
  })
})
