import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureImages } from '../../../src/images/index.ts'
import { MANIFEST_FILE, manifestSchema } from '../../../src/procedures/manifest.ts'
import { RUN_LABEL } from '../../../src/targets/ephemeral/labels.ts'
import { startEphemeral } from '../../../src/targets/ephemeral/start.ts'
import { loadTarget } from '../../../src/targets/load.ts'
import type { TargetSpec } from '../../../src/targets/schema.ts'
import type { Started } from '../../../src/targets/started.ts'
import { startWatchdog, type Watchdog } from '../../../src/watchdog/index.ts'
import { engineHere } from '../../support/engine.ts'

/** Images may have to be built first. */
const START_MS = 600_000
const found = await engineHere()
const name = 'engine' in found ? 'the ephemeral target' : `the ephemeral target (skipped: ${found.reason})`

describe.skipIf('reason' in found)(name, () => {
  let directory: string
  let watchdog: Watchdog
  let started: Started

  const start = async (spec: TargetSpec, name: string): Promise<Started> => {
    const runDirectory = path.join(directory, name)
    await mkdir(runDirectory)
    return startEphemeral({
      spec,
      runDirectory,
      watchdog,
      ensureImages,
      keep: false,
      signal: AbortSignal.timeout(START_MS),
      onProgress: () => undefined,
    })
  }

  const mine = async (): Promise<{ Labels: Record<string, string>; Ports: readonly { IP: string }[] }[]> => {
    if (!('engine' in found)) return []
    return found.engine.docker.listContainers({ all: true, filters: { label: [RUN_LABEL] } })
  }

  const ofProject = async (project: string) =>
    (await mine()).filter(({ Labels }) => Labels['com.docker.compose.project'] === project)

  beforeAll(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'runbook-ephemeral-test-'))
    watchdog = await startWatchdog()
    started = await start(loadTarget('ephemeral'), 'whole')
  }, START_MS)

  afterAll(async () => {
    await started?.stop()
    await watchdog?.stop()
    await rm(directory, { recursive: true, force: true })
  }, 60_000)

  it('runs every part that has an image, and publishes ports on loopback alone', async () => {
    const { spec } = started
    const containers = await ofProject(spec.compose?.project ?? '')
    const parts = containers.map(({ Labels }) => Labels['com.docker.compose.service']).sort()
    expect(parts).toEqual([...(spec.compose?.services ?? [])].sort())
    for (const part of ['postgres', 'redis', 'kafka', 'prometheus', 'nginx', ...Object.keys(spec.services)])
      expect(parts).toContain(part)
    const addresses = containers.flatMap(({ Ports }) => Ports.flatMap(({ IP }) => (IP ? [IP] : [])))
    expect(new Set(addresses)).toEqual(new Set(['127.0.0.1']))
    expect(Object.values(spec.parts).filter((state) => typeof state === 'object')).toEqual([])
  })

  it('answers where its description says, with services that reach their database and brokers', async () => {
    const response = await fetch(`${started.spec.services['hook-receiver']?.url}/health`)
    expect(await response.json()).toMatchObject({
      status: 'healthy',
      dependencies: { kafka: { status: 'healthy' }, postgres: { status: 'healthy' } },
    })
  })

  it('says which image each part runs on and what the services and the data are', () => {
    expect(started.parts.length).toBeGreaterThan(10)
    for (const { digest, name: part } of started.parts) expect(digest, part).toMatch(/^sha256:/)
    expect(started.notes.join('\n')).toContain('Reference services')
  })

  it('has a backup with the offsets of Kafka and a snapshot of Redis', async () => {
    const { hosts, paths } = started.spec
    const backups = path.join(hosts.services?.root ?? '', paths.backups)
    const newest = (await readdir(backups)).sort().at(-1) ?? ''
    const manifest = manifestSchema.parse(JSON.parse(await readFile(path.join(backups, newest, MANIFEST_FILE), 'utf8')))
    expect(manifest.kafka?.topics.length).toBeGreaterThan(0)
    expect(manifest.redis?.keys).toBe(0)
    const snapshot = await readFile(path.join(backups, newest, manifest.redis?.path ?? ''))
    expect(snapshot.subarray(0, 5).toString()).toBe('REDIS')
  })

  it('tells of a part that dies at its start with the end of its log, and leaves nothing of that stack behind', async () => {
    const spec = loadTarget('ephemeral')
    const stack = path.join(directory, 'dying.yaml')
    await writeFile(stack, readFileSync(spec.stack ?? '', 'utf8').replace('archive_mode=on', 'no_such_setting=1'))
    const broken = await start({ ...spec, stack }, 'dying')
    try {
      const state = broken.spec.parts.postgres
      expect(state).toMatchObject({ root: 'postgres' })
      expect(JSON.stringify(state)).toContain('no_such_setting')
      expect(broken.spec.parts['hook-receiver']).toMatchObject({ root: 'postgres' })
    } finally {
      await broken.stop()
    }
    const project = broken.spec.compose?.project
    expect(project).toMatch(/./)
    expect(await ofProject(project ?? '')).toEqual([])
  }, 180_000)
})
