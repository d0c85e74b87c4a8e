import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Behaviour } from '../../../fixtures/services/index.ts'
import { registeredChecks } from '../../../src/check.ts'
import { evaluatedLines } from '../../../src/falsify/lines.ts'
import { lookWith, type Looked as Result } from '../../../src/falsify/look.ts'
import { type EmbeddedTarget, startEmbedded } from '../../../src/targets/embedded/index.ts'
import { Target } from '../../../src/targets/target.ts'
import { startWatchdog, type Watchdog } from '../../../src/watchdog/index.ts'
import { importPostdeploy } from './support.ts'

let directory: string
let watchdog: Watchdog
let target: EmbeddedTarget

beforeAll(async () => {
  await importPostdeploy()
  watchdog = await startWatchdog()
  directory = await mkdtemp(join(tmpdir(), 'postdeploy-'))
  target = await startEmbedded({ runDirectory: directory, watchdog, signal: AbortSignal.timeout(60_000) })
})

afterAll(async () => {
  await target?.stop()
  await rm(directory, { recursive: true, force: true })
  await watchdog.stop()
})

/** How long a hook that never comes is waited for; one that does come may take longer on a busy machine. */
const NEVER_MS = 1_500
/** Lines that wait. */
const AWAITED = ['POST-22', 'POST-23', 'POST-24', 'POST-25', 'POST-26']

function look(checks = registeredChecks(), withinMs = 10_000): Promise<Map<string, Result>> {
  const limits = { ...target.spec.limits, 'hook.within': withinMs }
  return lookWith(checks, { ...target, spec: { ...target.spec, limits } })
}

/** The lines that do not ask the host, which takes half a second of a processor and says nothing of how a service behaves. */
function lookFromOutside(withinMs?: number): Promise<Map<string, Result>> {
  const outside = new Set(
    evaluatedLines(registeredChecks(), new Target(target.spec)).flatMap(({ id, systems }) =>
      systems.includes('host') ? [] : [id],
    ),
  )
  return look(
    registeredChecks().filter(({ id }) => outside.has(id)),
    withinMs,
  )
}

const idsOf = (results: Map<string, Result>, outcome: Result['outcome']): string[] =>
  [...results.values()]
    .filter((result) => result.outcome === outcome)
    .map(({ id }) => id)
    .sort()

describe('the embedded target', () => {
  it('passes every line that it has the parts for', async () => {
    const results = await look()
    const others = [...results.values()].filter(({ outcome }) => !['passed', 'skipped'].includes(outcome))
    // promtool is the observer's own tool: where it is missing, that line and no other says so. A busy machine spoils figures, by name.
    const ofOurs = ['tool:promtool', 'observer:slow']
    expect(others.filter(({ cause }) => !ofOurs.includes(cause?.id ?? '')).map(({ id, reason }) => `${id}: ${reason}`)).toEqual(
      [],
    )
    for (const { id, reason } of results.values()) if (reason.startsWith('embedded')) expect(id).toMatch(/^POST-(27|[4-7]\d)$/)
  })

  it.each<[string, Behaviour, string[]]>([
    ['hook-receiver', { kind: 'neverHealthy' }, ['POST-01', 'POST-05', 'POST-31']],
    ['hook-receiver', { kind: 'acceptsWithoutStoring' }, ['POST-22', 'POST-23', 'POST-25']],
    ['hook-receiver', { kind: 'duplicates' }, ['POST-24']],
    ['hook-receiver', { kind: 'garbles' }, ['POST-23']],
    ['hook-receiver', { kind: 'failsHooks' }, ['POST-21', 'POST-22', 'POST-23', 'POST-25', 'POST-30']],
    ['hook-receiver', { kind: 'echoesKey' }, ['POST-19']],
    ['hook-receiver', { kind: 'acceptsAnyKey' }, ['POST-15', 'POST-16', 'POST-17', 'POST-20']],
    ['hook-receiver', { kind: 'countsNothing' }, ['POST-26']],
    ['hook-receiver', { kind: 'diesOfBigBodies' }, ['POST-31']],
    ['hook-receiver', { kind: 'chokesOnBrokenJson' }, ['POST-28', 'POST-29']],
    ['hook-receiver', { kind: 'slow', ms: 400 }, ['POST-13']],
    ['model-metrics', { kind: 'neverHealthy' }, ['POST-02']],
    ['model-metrics', { kind: 'echoesKey' }, ['POST-19']],
    ['model-metrics', { kind: 'acceptsAnyKey' }, ['POST-15', 'POST-16', 'POST-17']],
    ['model-metrics', { kind: 'listsNoModels' }, ['POST-33', 'POST-35', 'POST-36']],
    ['model-metrics', { kind: 'miscountsModels' }, ['POST-34']],
    ['workflow-coordinator', { kind: 'neverHealthy' }, ['POST-03']],
  ])('shows that %s %o, by exactly %j', async (service, behaviour, lines) => {
    target.control.setBehaviour(service, behaviour)
    try {
      expect(idsOf(await lookFromOutside(lines.some((id) => AWAITED.includes(id)) ? NEVER_MS : undefined), 'failed')).toEqual(
        lines,
      )
    } finally {
      target.control.setBehaviour(service, { kind: 'healthy' })
    }
  })

  it('shows a gateway that is configured wrongly, by exactly the lines that say so', async () => {
    const { gateway } = target.control
    const before = gateway.settings()
    try {
      gateway.configure({ minVersion: 'TLSv1', securityLevel: 0 })
      expect(idsOf(await lookFromOutside(), 'failed')).toEqual(['POST-07'])
      gateway.configure({ ...before, plainHttp: 'serve' })
      expect(idsOf(await lookFromOutside(), 'failed')).toEqual(['POST-12'])
      gateway.configure({ ...before, plainHttp: 'refuse', securityHeaders: false })
      expect(idsOf(await lookFromOutside(), 'failed')).toEqual(['POST-14'])
    } finally {
      gateway.configure(before)
    }
  })

  it('shows an event bus that is away, by name', async () => {
    target.control.events.setAvailable(false)
    try {
      const results = await look(registeredChecks(), NEVER_MS)
      expect(idsOf(results, 'failed')).toEqual(['POST-01', 'POST-04', 'POST-05', 'POST-21', 'POST-25', 'POST-30', 'POST-31'])
      expect(results.get('POST-01')?.failure?.actual).toContain('its dependency kafka is unhealthy')
    } finally {
      target.control.events.setAvailable(true)
    }
  })

  it('shows a certificate that is about to expire', async () => {
    const undo = await target.control.reissueCertificate('model-metrics', { notAfter: new Date(Date.now() + 5 * 86_400_000) })
    try {
      expect(idsOf(await look(), 'failed')).toEqual(['POST-10'])
    } finally {
      await undo()
    }
  })

  it('shows a gateway that still serves another certificate than the installed one', async () => {
    const { gateway, issue } = target.control
    const route = gateway.routes()['metrics.omninode.test']
    if (route === undefined) throw new Error('the gateway has no such route')
    try {
      gateway.setRoute('metrics.omninode.test', { ...route, certificate: await issue({ names: ['metrics.omninode.test'] }) })
      expect(idsOf(await look(), 'failed')).toEqual(['POST-11'])
      gateway.setRoute('metrics.omninode.test', { ...route, certificate: await issue({ names: ['other.omninode.test'] }) })
      const results = await look()
      expect(idsOf(results, 'failed')).toEqual(['POST-02', 'POST-09', 'POST-11'])
      expect(results.get('POST-33')?.outcome).toBe('unobserved')
    } finally {
      gateway.setRoute('metrics.omninode.test', route)
    }
  })

  it('shows a service that is down by its own line', async () => {
    await target.control.services['workflow-coordinator']?.stop()
    try {
      expect(idsOf(await look(), 'failed')).toEqual(['POST-03'])
    } finally {
      await target.control.services['workflow-coordinator']?.start()
    }
  })

  it('shows alert rules that could never fire', async () => {
    const file = join(target.control.hostPath(target.spec.paths.prometheusRules), 'critical-alerts.yml')
    const rules = await readFile(file, 'utf8')
    const ratio = 'rate(http_requests_total{status=~"5.."}[5m]) / rate(http_requests_total[5m]) > 0.05'
    const broken = rules.replace(/sum by \(job\) \(rate\(kafka[^>]*> 0.05/, ratio).replaceAll('hook-receiver', 'hooks')
    try {
      await writeFile(file, broken)
      const failed = idsOf(await look(), 'failed')
      // POST-59 runs the rules where the observer has promtool.
      expect(failed.filter((id) => id !== 'POST-59')).toEqual(['POST-48', 'POST-57', 'POST-58'])
    } finally {
      await writeFile(file, rules)
    }
  })
})
