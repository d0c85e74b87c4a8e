import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { Admin } from '@platformatic/kafka'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureImages } from '../../../src/images/index.ts'
import { runDrill } from '../../../src/procedures/drill.ts'
import { DRILLS, type DrillName } from '../../../src/procedures/drills.ts'
import { startEphemeral } from '../../../src/targets/ephemeral/start.ts'
import { loadTarget } from '../../../src/targets/load.ts'
import type { Started } from '../../../src/targets/started.ts'
import { startWatchdog, type Watchdog } from '../../../src/watchdog/index.ts'
import { groundInContainers } from '../../../suites/support/drill-in-containers.ts'
import { openDrillStores } from '../../../suites/support/drill-stores.ts'
import { engineHere } from '../../support/engine.ts'

/** Images may have to be built first. */
const START_MS = 600_000
const DRILL_MS = 300_000
/** What these tests do without. */
const LEFT_OUT = [
  ...['nginx', 'prometheus', 'alertmanager', 'grafana', 'cadvisor'],
  ...['postgres-exporter', 'redis-exporter', 'kafka-exporter', 'node-exporter', 'alert-gateway'],
]
const found = await engineHere()
const name = `a drill in containers${'engine' in found ? '' : ` (skipped: ${found.reason})`}`

describe.skipIf('reason' in found)(name, () => {
  let directory: string
  let watchdog: Watchdog
  let started: Started

  beforeAll(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'runbook-drill-containers-'))
    const runDirectory = path.join(directory, 'run')
    await mkdir(runDirectory)
    watchdog = await startWatchdog()
    const spec = loadTarget('ephemeral')
    const parts = { ...spec.parts, ...Object.fromEntries(LEFT_OUT.map((part) => [part, 'none' as const])) }
    const signal = AbortSignal.timeout(START_MS)
    const quiet = { keep: false, onProgress: () => undefined }
    started = await startEphemeral({ spec: { ...spec, parts }, runDirectory, watchdog, ensureImages, signal, ...quiet })
  }, START_MS)

  afterAll(async () => {
    await started?.stop()
    await watchdog?.stop()
    await rm(directory, { recursive: true, force: true })
  }, 60_000)

  const secret = (key: string): string => started.secrets[key] ?? ''
  const places = (prefix: string) => {
    const { kafka, redis } = started.spec
    return { prefix, actions: ['another'], kafka, redis: redis && { ...redis, password: secret('redis.password') } }
  }
  const docker = () => {
    if ('engine' in found) return found.engine.docker
    throw new Error(found.reason)
  }
  const drill = async (name: DrillName, signal = AbortSignal.timeout(DRILL_MS)) => {
    const secrets = { apiKey: secret('apiKey'), postgres: secret('postgres.password'), redis: secret('redis.password') }
    const plan = DRILLS[name]
    const ground = await groundInContainers({
      docker: docker(),
      spec: started.spec,
      secrets,
      plan,
      name: `drill-${name}`,
      signal,
    })
    try {
      return await runDrill({ ground, plan, runId: `T ${name}`, signal })
    } finally {
      await ground.close()
    }
  }
  /** Topics, keys, containers and images of drills that are still there. */
  const leftovers = async (): Promise<string[]> => {
    const admin = new Admin({ clientId: 'test', bootstrapBrokers: [...(started.spec.kafka?.brokers ?? [])] })
    const project = started.spec.compose?.project ?? ''
    try {
      const topics = (await admin.listTopics()).filter((topic) => topic.startsWith('drill-'))
      const keys = await openDrillStores({ ...places('drill-'), kafka: undefined }, AbortSignal.timeout(DRILL_MS))
      const tokens = await keys.stores[0]?.read()
      await keys.close()
      const containers = await docker().listContainers({ all: true, filters: { name: [`${project}-drill`] } })
      const images = await docker().listImages({ filters: { reference: [`localhost/${project}-drill-*/*`] } })
      const names = [...containers.flatMap(({ Names }) => Names), ...images.map(({ Id }) => Id)]
      return [...topics, ...(tokens ?? []).map(({ id }) => id), ...names]
    } finally {
      await admin.close()
    }
  }

  it(
    'sees a release that the kernel ends for its memory, and tells what the rollback from it cost each store',
    async () => {
      const { deploy, rollback, losses, rtoMs, detection, digests } = await drill('leaks-memory')
      expect(deploy.failure).toBe('')
      expect(rollback.failure).toBe('')
      expect(rtoMs).toBeGreaterThan(0)
      // Before it dies it is slow: on a busy machine a check of its speed may be the first to notice.
      expect(detection?.how).toMatch(
        /hook-receiver: (died and was restarted .*|is \w+ \(exit code \d+), killed for want of memory|^checks: PERF-/,
      )
      expect(new Set(Object.values(digests.bad)).size).toBe(4)
      expect(digests.after).toEqual(digests.before)
      expect(losses.map(({ store, takenBack }) => [store, takenBack])).toEqual([
        ['postgres', true],
        ['kafka', false],
        ['redis', false],
      ])
      const [table, ...others] = losses
      for (const loss of losses) expect(loss.lostBeforeBackup).toEqual([])
      expect(table?.lost).toBeGreaterThan(0)
      for (const { orphaned, kept } of others) {
        expect(orphaned.count).toBeGreaterThan(0)
        expect(kept).toBeGreaterThan(0)
      }
      expect(await leftovers()).toEqual([])
    },
    DRILL_MS,
  )

  it(
    'whose database is killed while it restores stops, and goes on when it is run again',
    async () => {
      const { rollback, troubled, tables } = await drill('database-killed')
      expect(troubled.at(-1)).toMatchObject({ stopped: true, step: 'restore database', changed: [] })
      expect(troubled.at(-1)?.next).toContain('the live database is untouched')
      expect(rollback.failure).toBe('')
      expect(rollback.steps.filter(({ resumed }) => resumed).map(({ name }) => name)).toContain('stop services')
      for (const { manifest, restored } of tables) expect(restored).toBe(manifest)
      expect(await leftovers()).toEqual([])
    },
    DRILL_MS,
  )

  it('that is broken off leaves nothing behind', { timeout: DRILL_MS }, async () => {
    await expect(drill('slow', AbortSignal.timeout(6_000))).rejects.toThrow()
    expect(await leftovers()).toEqual([])
  })

  it('is not opened where Redis does not let it in, and leaves no topic then', async () => {
    const { redis, ...rest } = places('drill-refused.')
    const refused = openDrillStores({ ...rest, redis: redis && { ...redis, password: 'wrong' } }, AbortSignal.timeout(DRILL_MS))
    await expect(refused).rejects.toThrow(/WRONGPASS/)
    expect(await leftovers()).toEqual([])
  })
})
