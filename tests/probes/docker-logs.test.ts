import { describe, expect, it } from 'vitest'
import { containerLogs, linesOf, unframed } from '../../src/probes/docker-logs.ts'
import { frame, startEngine } from '../support/docker-engine.ts'
import { testSession } from '../support/session.ts'

const options = { project: 'bridge', services: ['hook-receiver'], tail: 100 }
const STARTED = '2026-11-24T08:00:00.5Z'
const inspection = (tty: boolean) => ({ State: { StartedAt: STARTED }, Config: { Tty: tty } })

describe('containerLogs', () => {
  it('reads both streams since the start, by GET, and keeps them out of the evidence', async () => {
    const log = Buffer.concat([
      frame(1, '2026-11-24T08:00:02.000000001Z {"level":"INFO"}\n'),
      frame(2, '2026-11-24T08:00:01.000000001Z Traceback: a customer\n'),
    ])
    await using engine = await startEngine({
      'GET /containers/json': [{ Id: 'c1' }],
      'GET /containers/c1/json': inspection(false),
      'GET /containers/c1/logs': log,
    })
    const { value, raw } = await containerLogs({ socket: engine.socket }, options).read(testSession())
    expect(value).toEqual([
      {
        service: 'hook-receiver',
        lines: [
          { at: Date.parse('2026-11-24T08:00:01Z'), text: 'Traceback: a customer' },
          { at: Date.parse('2026-11-24T08:00:02Z'), text: '{"level":"INFO"}' },
        ],
      },
    ])
    expect(raw).toBe('hook-receiver: 2 lines')
    const asked = engine.requests.map(({ request }) => request)
    expect(asked.every((request) => request.startsWith('GET '))).toBe(true)
    expect(asked.at(-1)).toContain(`since=${Math.floor(Date.parse(STARTED) / 1_000)}`)
  })

  it('reads a terminal, which has no frames', async () => {
    await using engine = await startEngine({
      'GET /containers/json': [{ Id: 'c1' }],
      'GET /containers/c1/json': inspection(true),
      'GET /containers/c1/logs': Buffer.from('2026-11-24T08:00:02Z hello\n'),
    })
    const { value } = await containerLogs({ socket: engine.socket }, options).read(testSession())
    expect(value[0]?.lines.map(({ text }) => text)).toEqual(['hello'])
  })

  it('has no lines of a service that does not run', async () => {
    await using engine = await startEngine({ 'GET /containers/json': [] })
    const { value } = await containerLogs({ socket: engine.socket }, options).read(testSession())
    expect(value).toEqual([{ service: 'hook-receiver', lines: [] }])
  })

  it('could not look where no engine listens', async () => {
    await expect(containerLogs({ socket: '/nowhere/docker.sock' }, options).read(testSession())).rejects.toThrow('no such socket')
  })
})

describe('unframed', () => {
  it('copes with an answer that was cut', () => {
    expect(unframed(Buffer.concat([frame(1, 'whole\n'), frame(1, 'cut off').subarray(0, 11)]))).toBe('whole\ncut')
    expect(unframed(Buffer.from([1, 0, 0]))).toBe('')
  })
})

describe('linesOf', () => {
  it('leaves out what bears no time', () => {
    expect(linesOf('2026-11-24T08:00:00Z \nno time\n\n')).toEqual([{ at: Date.parse('2026-11-24T08:00:00Z'), text: '' }])
  })
})
