import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import {
  activeAlerts,
  alertmanagersOfPrometheus,
  instantQuery,
  loadedConfig,
  loadedRules,
  prometheusReady,
  prometheusRuntime,
  scrapeTargets,
} from '../../src/probes/prometheus.ts'
import { testSession } from '../support/session.ts'
import { recorded, replay } from './support/replay.ts'
import { closedPort } from './support/server.ts'

describe('scrapeTargets', () => {
  it('tells job, health and error of each target', async () => {
    await using server = await replay({ '/api/v1/targets?state=active': { body: recorded('prometheus/targets.json') } })
    const { value, raw } = await scrapeTargets(server.url).read(testSession())
    expect(value).toMatchObject({
      ok: true,
      value: [
        { labels: { job: 'hook-receiver' }, health: 'up', lastError: '' },
        { labels: { job: 'model-metrics' }, health: 'down', lastError: expect.stringContaining('connection refused') },
        { labels: { job: 'postgres' } },
      ],
    })
    expect(raw).toMatch(/"status":\s*"success"/)
  })

  it('is not deceived by a success with every target down', async () => {
    await using server = await replay({ '/api/v1/targets?state=active': { body: recorded('prometheus/targets-all-down.json') } })
    const { value } = await scrapeTargets(server.url).read(testSession())
    expect(value.ok && value.value.map(({ health }) => health)).toEqual(['down', 'down'])
  })

  it('gives an empty list where Prometheus scrapes nothing', async () => {
    await using server = await replay({ '/api/v1/targets?state=active': { body: recorded('prometheus/targets-none.json') } })
    expect((await scrapeTargets(server.url).read(testSession())).value).toEqual({ ok: true, value: [] })
  })

  it.each([
    ['a status', { status: 503, body: 'Service Unavailable' }, 'answered 503: Service Unavailable'],
    ['a login page', { type: 'text/html', body: '<html>Sign in</html>' }, 'answered no JSON: <html>Sign in</html>'],
    ['another shape', { body: '{"status":"success","data":{}}' }, 'answered JSON of another shape'],
    ['nothing', { status: 500, body: '' }, 'answered 500: (nothing)'],
  ])('says in words that %s came instead', async (_, answer, problem) => {
    await using server = await replay({ '/api/v1/targets?state=active': answer })
    const { value } = await scrapeTargets(server.url).read(testSession())
    expect(value).toEqual({ ok: false, problem: expect.stringContaining(problem) })
  })

  it('could not look where nothing listens', async () => {
    const port = await closedPort(createServer())
    await expect(scrapeTargets(`http://127.0.0.1:${port}`).read(testSession())).rejects.toThrow(/connection was refused/)
  })
})

describe('instantQuery', () => {
  it('reads a vector, by GET', async () => {
    await using server = await replay({ '/api/v1/query?query=up': { body: recorded('prometheus/query-vector.json') } })
    const { value } = await instantQuery(server.url, 'up').read(testSession())
    expect(value.ok && value.value.result).toHaveLength(3)
    expect(server.requests).toEqual(['GET /api/v1/query?query=up'])
  })

  it('reads a scalar, escaping the expression', async () => {
    await using server = await replay({ '/api/v1/query?query=time()': { body: recorded('prometheus/query-scalar.json') } })
    const { value } = await instantQuery(server.url, 'time()').read(testSession())
    expect(value).toMatchObject({ ok: true, value: { resultType: 'scalar' } })
  })

  it('repeats what Prometheus says against an expression', async () => {
    await using server = await replay({
      '/api/v1/query?query=nonsense(': { status: 400, body: recorded('prometheus/query-error.json') },
    })
    const { value } = await instantQuery(server.url, 'nonsense(').read(testSession())
    expect(value).toEqual({ ok: false, problem: expect.stringContaining('bad_data: invalid parameter') })
  })
})

describe('what Prometheus tells of itself', () => {
  it('is read as a real one answers', async () => {
    await using server = await replay({
      '/-/ready': { type: 'text/plain', body: 'Prometheus Server is Ready.\n' },
      '/api/v1/rules': { body: recorded('prometheus/rules.json') },
      '/api/v1/alerts': { body: recorded('prometheus/alerts.json') },
      '/api/v1/status/config': { body: recorded('prometheus/config.json') },
      '/api/v1/status/runtimeinfo': { body: recorded('prometheus/runtimeinfo.json') },
      '/api/v1/alertmanagers': { body: recorded('prometheus/alertmanagers.json') },
    })
    const session = testSession()
    expect((await prometheusReady(server.url).read(session)).value.status).toBe(200)
    const rules = (await loadedRules(server.url).read(session)).value
    expect(rules.ok && rules.value.map(({ name, health, duration }) => [name, health, duration])).toEqual([
      ['ServiceDown', 'ok', 30],
      ['DatabaseDown', 'ok', 60],
      ['HighErrorRate', 'ok', 120],
      ['ResponseTimeHigh', 'ok', 300],
    ])
    const alerts = (await activeAlerts(server.url).read(session)).value
    expect(alerts.ok && alerts.value.map(({ state }) => state)).toContain('firing')
    const config = (await loadedConfig(server.url).read(session)).value
    expect(config.ok && config.value).toContain('job_name: hook-receiver')
    expect((await prometheusRuntime(server.url).read(session)).value).toMatchObject({
      ok: true,
      value: { reloadConfigSuccess: true, storageRetention: '15d' },
    })
    expect((await alertmanagersOfPrometheus(server.url).read(session)).value).toMatchObject({
      ok: true,
      value: { activeAlertmanagers: [{ url: 'http://127.0.0.1:19093/api/v2/alerts' }], droppedAlertmanagers: [] },
    })
  })
})
