import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { Unreachable } from '../../src/outcome.ts'
import { attempt } from '../../src/probes/attempt.ts'
import { echo } from '../../src/probes/echo.ts'
import { http } from '../../src/probes/http.ts'
import { perRun, RUN_ID } from '../../src/probes/per-run.ts'
import { liveSeries } from '../../src/probes/prometheus.ts'
import { prometheusNow } from '../../src/probes/prometheus-clock.ts'
import { repeated } from '../../src/probes/repeated.ts'
import { sharedOnce } from '../../src/probes/shared-once.ts'
import { answering, fakeProbe, refusing } from '../support/probes.ts'
import { testSession } from '../support/session.ts'
import { recorded, replay } from './support/replay.ts'
import { closedPort } from './support/server.ts'

describe('attempt', () => {
  it('gives the answer', async () => {
    expect((await attempt(answering(7)).read(testSession())).value).toEqual({ answered: true, answer: 7 })
  })

  it('takes a refusal for an answer', async () => {
    const port = await closedPort(createServer())
    const { value } = await attempt(http({ system: 'a', url: `http://127.0.0.1:${port}` })).read(testSession())
    expect(value).toEqual({ answered: false, refusal: expect.stringContaining('connection was refused'), hung: false })
    expect((await attempt(refusing()).read(testSession())).value).toMatchObject({ answered: false })
  })

  it('does not take a wait in vain for an answer', async () => {
    const waiting = fakeProbe<never>(async () => {
      throw new Unreachable('a:1', 'nothing answered', { refused: false })
    })
    await expect(attempt(waiting).read(testSession())).rejects.toThrow('nothing answered')
  })
})

describe('echo', () => {
  const key = 'a"key+of/ours'
  const session = testSession({ apiKey: key })

  it.each([
    ['as it is', key, true],
    ['in base64', Buffer.from(key).toString('base64'), true],
    ['URL-encoded', encodeURIComponent(key), true],
    ['escaped in JSON', JSON.stringify({ detail: key }), true],
    ['not at all', 'invalid key', false],
  ])('finds the secret %s', async (_, body, echoed) => {
    await using server = await replay({ '/': { status: 401, body } })
    const probe = echo(http({ system: 'a', url: server.url, path: '/', apiKey: 'apiKey' }), 'apiKey')
    expect((await probe.read(session)).value).toEqual({ status: 401, echoed })
  })

  it('could not look without the secret', async () => {
    await expect(
      echo(http({ system: 'a', url: 'http://127.0.0.1:1', apiKey: 'apiKey' }), 'apiKey').read(testSession()),
    ).rejects.toThrow('no secret apiKey')
  })
})

describe('perRun', () => {
  it('declares with a placeholder and reads with the id of the run', async () => {
    const probe = perRun((run) => answering(run))
    expect((await perRun((run) => answering(`${RUN_ID} became ${run}`)).read(testSession())).value).toBe('RUN_ID became test-run')
    expect(probe.access.operation).toBe('read it')
  })
})

describe('repeated', () => {
  it('observes one after the other, and keeps every answer', async () => {
    let count = 0
    let open = 0
    const source = fakeProbe(async () => {
      open += 1
      expect(open).toBe(1)
      await Promise.resolve()
      open -= 1
      count += 1
      return { value: count, raw: `answer ${count}` }
    })
    const { value, raw } = await repeated(source, 3).read(testSession())
    expect(value).toEqual([1, 2, 3])
    expect(raw).toContain('answer 3')
  })
})

describe('sharedOnce', () => {
  it('asks the run for its shared observation', async () => {
    const session = { ...testSession(), share: async () => ({ value: 'shared', raw: '' }) as never }
    expect((await sharedOnce(answering('own')).read(session)).value).toBe('shared')
  })
})

describe('prometheusNow', () => {
  it('tells how far the clocks are apart', async () => {
    const ahead = { status: 'success', data: { resultType: 'scalar', result: [0, String(Date.now() / 1_000 + 60)] } }
    await using server = await replay({ '/api/v1/query?query=time()': { body: JSON.stringify(ahead) } })
    const { value } = await prometheusNow(server.url).read(testSession())
    expect(value.ok && Math.round(value.value.offsetMs / 1_000)).toBe(60)
  })

  it('gives no time where Prometheus gives none', async () => {
    await using server = await replay({ '/api/v1/query?query=time()': { body: recorded('prometheus/query-vector.json') } })
    expect((await prometheusNow(server.url).read(testSession())).value).toEqual({ ok: false, problem: 'answered no time' })
  })
})

describe('liveSeries', () => {
  const path = `/api/v1/query?query=${encodeURIComponent('count by (__name__) ({__name__=~"up|pg_up"})')}`

  it('names those that have series', async () => {
    const body = JSON.stringify({
      status: 'success',
      data: { resultType: 'vector', result: [{ metric: { __name__: 'up' }, value: [1, '8'] }] },
    })
    await using server = await replay({ [path]: { body } })
    expect((await liveSeries(server.url).with(['up', 'pg_up']).read(testSession())).value).toEqual({ ok: true, value: ['up'] })
  })

  it('declares the same access whatever is asked', () => {
    const template = liveSeries('http://127.0.0.1:9090')
    const { operation, address, effect } = template.with(['up']).access
    expect(template.access).toMatchObject({ operation, address, effect })
  })
})
