import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { discovered, scrapeAilments } from '../../../src/falsify/stack/scrape-ailments.ts'
import type { TargetSpec } from '../../../src/targets/schema.ts'
import { testTarget } from '../../support/judging.ts'

/** What a Prometheus answers, by path. */
type Answers = Readonly<Record<string, unknown>>

async function ask<T>(answers: Answers, look: (spec: TargetSpec) => Promise<T>): Promise<T> {
  const server = http.createServer((request, response) => {
    response.end(JSON.stringify({ status: 'success', data: answers[(request.url ?? '').split('?')[0] ?? ''] }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { port } = server.address() as AddressInfo
    return await look(testTarget({ prometheus: { url: `http://127.0.0.1:${port}` } }).spec)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const target = (scrapePool: string, health = 'up', lastError = '') => ({ scrapePool, health, lastError })
const alert = (alertname: string, state: string) => ({ state, labels: { alertname } })
const prometheus = (activeTargets: readonly object[], alerts: readonly object[] = []): Answers => ({
  '/api/v1/targets': { activeTargets },
  '/api/v1/alerts': { alerts },
  '/api/v1/query': { result: [{ value: [0, '1'] }] },
  '/api/v1/alertmanagers': { activeAlertmanagers: [{ url: 'http://alertmanager:9093/api/v2/alerts' }] },
})

describe('what Prometheus sees that is not well', () => {
  it('is nothing where every target is up and no alert is firing', async () => {
    expect(await ask(prometheus([target('redis')], [alert('ServiceDown', 'pending')]), scrapeAilments)).toEqual([])
  })

  it('is a target that is not up, with its error, and an alert that is firing', async () => {
    const sick = prometheus([target('redis', 'down', 'refused'), target('kafka')], [alert('ServiceDown', 'firing')])
    expect(await ask(sick, scrapeAilments)).toEqual(['redis is down to Prometheus: refused', 'the alert ServiceDown is firing'])
  })

  it('is an exporter that does not reach its system', async () => {
    const cutOff = { ...prometheus([target('redis')]), '/api/v1/query': { result: [{ value: [0, '0'] }] } }
    expect(await ask(cutOff, scrapeAilments)).toContain('redis_up of redis is 0')
  })

  it('is that it scrapes nothing, or does not answer as it should', async () => {
    expect(await ask(prometheus([]), scrapeAilments)).toEqual(['Prometheus scrapes nothing yet'])
    expect(await ask({}, scrapeAilments)).toEqual([expect.stringMatching(/^Prometheus does not answer: /)])
  })

  it('is nothing where there is none', async () => {
    const { prometheus: _, ...spec } = testTarget().spec
    expect(await scrapeAilments(spec as TargetSpec)).toEqual([])
    expect(await discovered(spec as TargetSpec)).toEqual({ jobs: [], alertmanagers: [] })
  })
})

it('what Prometheus has found is told in an order of its own', async () => {
  expect(await ask(prometheus([target('redis'), target('kafka')]), discovered)).toEqual({
    jobs: ['kafka', 'redis'],
    alertmanagers: ['http://alertmanager:9093/api/v2/alerts'],
  })
})
