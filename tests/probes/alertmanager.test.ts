import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { alertmanagerReady, alertmanagerStatus, receivers, silences } from '../../src/probes/alertmanager.ts'
import { testSession } from '../support/session.ts'
import { recorded, replay } from './support/replay.ts'
import { closedPort } from './support/server.ts'

describe('alertmanager', () => {
  it('is read as a real one answers, by GET only', async () => {
    await using server = await replay({
      '/-/ready': { type: 'text/plain', body: 'OK' },
      '/api/v2/status': { body: recorded('alertmanager/status.json') },
      '/api/v2/receivers': { body: recorded('alertmanager/receivers.json') },
      '/api/v2/silences': { body: recorded('alertmanager/silences.json') },
    })
    const session = testSession()
    expect((await alertmanagerReady(server.url).read(session)).value.status).toBe(200)
    const status = (await alertmanagerStatus(server.url).read(session)).value
    expect(status.ok && status.value.config.original).toContain('receiver: platform-team')
    expect((await receivers(server.url).read(session)).value).toEqual({
      ok: true,
      value: ['infrastructure-on-call', 'development-on-call', 'platform-team', 'development-team'],
    })
    expect((await silences(server.url).read(session)).value).toMatchObject({
      ok: true,
      value: [{ createdBy: 'me', comment: 'test', status: { state: 'active' } }],
    })
    expect(server.requests.every((request) => request.startsWith('GET '))).toBe(true)
  })

  it('says in words what came instead', async () => {
    await using server = await replay({ '/api/v2/silences': { body: '[{"id":"x"}]' } })
    const { value } = await silences(server.url).read(testSession())
    expect(value).toEqual({ ok: false, problem: expect.stringContaining('another shape (0.status') })
  })

  it('could not look where nothing listens', async () => {
    const port = await closedPort(createServer())
    await expect(receivers(`http://127.0.0.1:${port}`).read(testSession())).rejects.toThrow(/connection was refused/)
  })
})
