import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { Admin } from '@platformatic/kafka'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureImages } from '../../../src/images/index.ts'
import { runDrill } from '../../../src/procedures/drill.ts'
import { BAD_RELEASES, type BadRelease } from '../../../src/procedures/drill-stage.ts'
import { startEphemeral } from '../../../src/targets/ephemeral/start.ts'
import { loadTarget } from '../../../src/targets/load.ts'
import type { Started } from '../../../src/targets/started.ts'
import { startWatchdog, type Watchdog } from '../../../src/watchdog/index.ts'
import { stageOn } from '../../../suites/support/drill-stage.ts'
import { openDrillStores } from '../../../suites/support/drill-stores.ts'
import { engineHere } from '../../support/engine.ts'

/** Images may have to be built first. */
const START_MS = 600_000
const DRILL_MS = 60_000
/** What these tests do without. */
const LEFT_OUT = [
  ...['hook-receiver', 'model-metrics', 'workflow-coordinator', 'nginx', 'prometheus', 'alertmanager', 'grafana', 'cadvisor'],
  ...['postgres-exporter', 'redis-exporter', 'kafka-exporter', 'node-exporter', 'alert-gateway'],
]
const found = await engineHere()
const name = `a drill on real stores${'engine' in found ? '' : ` (skipped: ${found.reason})`}`

describe.skipIf('reason' in found)(name, () => {
  let directory: string
  let watchdog: Watchdog
  let started: Started

  beforeAll(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'runbook-drill-stores-'))
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
  const places = (runId: string) => {
    const { kafka, redis } = started.spec
    return { runId, kafka, redis: redis && { ...redis, password: secret('redis.password') } }
  }
  const drill = (badRelease: BadRelease, signal = AbortSignal.timeout(DRILL_MS)) => {
    const { postgres } = started.spec
    if (postgres === undefined) throw new Error('the target has no postgres')
    const { host, port, user } = postgres
    return runDrill({
      admin: { host, port, user: 'postgres', password: secret('postgres.adminPassword'), database: 'postgres' },
      application: { host, port, user, password: secret('postgres.password') },
      badRelease,
      setStage: stageOn(places(`T ${badRelease}`)),
      runId: `T ${badRelease}`,
      signal,
    })
  }
  /** Topics and tokens of drills that are still there. */
  const leftovers = async (runId: string): Promise<string[]> => {
    const admin = new Admin({ clientId: 'test', bootstrapBrokers: [...(started.spec.kafka?.brokers ?? [])] })
    try {
      const topics = (await admin.listTopics()).filter((topic) => topic.startsWith('drill-'))
      const stores = await openDrillStores({ ...places(runId), kafka: undefined }, AbortSignal.timeout(DRILL_MS))
      const tokens = await stores.stores[0]?.read()
      await stores.close()
      return [...topics, ...(tokens ?? []).map(({ id }) => id)]
    } finally {
      await admin.close()
    }
  }

  it.each(BAD_RELEASES)(
    'tells for each store what the rollback from "%s" cost, and leaves nothing behind',
    async (badRelease) => {
      const { deploy, rollback, losses, rtoMs } = await drill(badRelease)
      expect(deploy.failure).toBe('')
      expect(rollback.failure).toBe('')
      expect(rtoMs).toBeGreaterThan(0)
      expect(losses.map(({ store, takenBack }) => [store, takenBack])).toEqual([
        ['postgres', true],
        ['kafka', false],
        ['redis', false],
      ])
      for (const loss of losses) expect(loss).toMatchObject({ duplicates: [], skewed: [], lostBeforeBackup: [] })
      const [table, ...others] = losses
      expect(table?.lost).toBeGreaterThan(0)
      expect(table?.orphaned.count).toBe(0)
      for (const { orphaned, lost, kept, accepted } of others) {
        expect(orphaned.count).toBeGreaterThan(0)
        expect(orphaned.spanMs).toBeGreaterThan(0)
        // What answers success and stores nothing is lost everywhere; nothing else is lost where nothing is taken back.
        if (badRelease === 'stores nothing') expect(lost).toBeGreaterThan(0)
        else expect({ lost, kept }).toEqual({ lost: 0, kept: accepted })
      }
      expect(await leftovers(`T ${badRelease}`)).toEqual([])
    },
    DRILL_MS,
  )

  it('that is broken off leaves nothing behind either', async () => {
    await expect(drill('slow', AbortSignal.timeout(400))).rejects.toThrow()
    expect(await leftovers('T slow')).toEqual([])
  })

  it('tells the content and the number of times of what lies in a topic and in keys', async () => {
    const { bus, stores, close } = await openDrillStores(places('mapping'), AbortSignal.timeout(DRILL_MS))
    try {
      const [first, second] = [randomUUID(), randomUUID()]
      const hook = { source: 's', action: 'drill_token', resource: 'token', resource_id: '1' }
      const keep = async (correlation_id: string, data: Record<string, unknown>): Promise<void> => {
        const event = { event_id: randomUUID(), event_type: 'drill_token', source: 's', timestamp: '', correlation_id }
        await bus.events.publish(`${bus.topicPrefix}drill-token.v1`, { ...event, payload: { data } })
        await bus.cache?.remember(event.event_id, { ...hook, correlation_id, data })
      }
      for (const store of stores) expect(await store.read()).toEqual([])
      await keep(first, { number: 1 })
      for (const store of stores) expect(await store.read()).toEqual([{ id: first, number: 1 }])
      await keep(first, { number: 1 })
      await keep(second, { garbled: true })
      const byId = (entries: readonly { readonly id: string }[]) => entries.map(({ id }) => id).sort()
      for (const store of stores) {
        const entries = await store.read()
        expect(byId(entries)).toEqual([first, first, second].sort())
        expect(entries.find(({ id }) => id === second)?.number).toBeNull()
      }
    } finally {
      await close()
    }
    expect(await leftovers('mapping')).toEqual([])
  })

  it('is not opened where Redis does not let it in, and leaves no topic then', async () => {
    const { redis, ...rest } = places('refused')
    const refused = openDrillStores({ ...rest, redis: redis && { ...redis, password: 'wrong' } }, AbortSignal.timeout(DRILL_MS))
    await expect(refused).rejects.toThrow(/WRONGPASS/)
    expect(await leftovers('refused')).toEqual([])
  })
})
