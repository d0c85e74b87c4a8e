import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { datasourceQuery, datasources, grafanaHealth, knownLogin } from '../../src/probes/grafana.ts'
import type { GrafanaSpec } from '../../src/targets/schema.ts'
import { testSession } from '../support/session.ts'
import { recorded, replay } from './support/replay.ts'
import { closedPort } from './support/server.ts'

const spec = (url: string): GrafanaSpec => ({ url, user: 'admin', password: { env: 'UNUSED' } })
const session = testSession({ 'grafana.password': 'correct horse' })
const LOGIN = `Basic ${Buffer.from('admin:correct horse').toString('base64')}`

describe('grafanaHealth', () => {
  it('tells of its database', async () => {
    await using server = await replay({ '/api/health': { body: recorded('grafana/health.json') } })
    expect((await grafanaHealth(spec(server.url)).read(session)).value).toEqual({
      ok: true,
      value: { database: 'ok', version: '10.4.2' },
    })
  })

  it('repeats a failing answer', async () => {
    await using server = await replay({ '/api/health': { status: 503, body: '{"database":"failing"}' } })
    expect((await grafanaHealth(spec(server.url)).read(session)).value).toEqual({
      ok: false,
      problem: 'answered 503: {"database":"failing"}',
    })
  })

  it('could not look where nothing listens', async () => {
    const port = await closedPort(createServer())
    await expect(grafanaHealth(spec(`http://127.0.0.1:${port}`)).read(session)).rejects.toThrow(/connection was refused/)
  })
})

describe('datasources', () => {
  it('logs in as the administrator and never shows the password', async () => {
    await using server = await replay({
      '/api/datasources': ({ headers }) =>
        headers.authorization === LOGIN
          ? { body: recorded('grafana/datasources.json') }
          : { status: 401, body: recorded('grafana/unauthorized.json') },
    })
    const probe = datasources(spec(server.url))
    const { value } = await probe.read(session)
    expect(value).toEqual({
      ok: true,
      value: [{ uid: 'PBFA97CFB590B2093', name: 'Prometheus', type: 'prometheus', isDefault: true }],
    })
    expect(probe.access.reproduce).toContain(`-u admin:"$GRAFANA_PASSWORD"`)
  })
})

describe('datasourceQuery', () => {
  it('asks through the datasource, and shows its failure', async () => {
    const path = '/api/datasources/proxy/uid/abc/api/v1/query?query=up'
    await using server = await replay({ [path]: { status: 502, body: recorded('grafana/bad-gateway.json') } })
    const { value } = await datasourceQuery(spec(server.url), 'abc', 'up').read(session)
    expect(value).toMatchObject({ status: 502, json: { errorType: 'bad_gateway' } })
  })

  it('declares the same access whatever the datasource', () => {
    const [one, other] = ['a', 'b'].map((uid) => datasourceQuery(spec('http://127.0.0.1:3000'), uid, 'up'))
    expect(one?.access.operation).toBe(other?.access.operation)
  })
})

describe('knownLogin', () => {
  it('is an attempt that the target writes down', async () => {
    await using server = await replay({
      '/api/org': ({ headers }) => ({ status: headers.authorization === LOGIN ? 200 : 401, body: '{}' }),
    })
    const probe = knownLogin(spec(server.url), 'admin', 'admin')
    expect(probe.access.effect).toBe('synthetic-write')
    expect((await probe.read(session)).value.status).toBe(401)
  })
})
