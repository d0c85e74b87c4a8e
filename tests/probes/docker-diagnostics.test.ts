import { describe, expect, it } from 'vitest'
import { Unobserved, Unreachable } from '../../src/outcome.ts'
import { dockerDiskUsage, dockerEvents } from '../../src/probes/docker-diagnostics.ts'
import { startEngine } from '../support/docker-engine.ts'
import { testSession } from '../support/session.ts'

const DISK_USAGE = {
  LayersSize: 1_000,
  Images: [{ Id: 'sha256:aaa', Size: 800 }],
  Containers: [{ Id: 'c1', SizeRw: 30 }, { Id: 'c2' }],
  Volumes: [
    { Name: 'data', UsageData: { Size: 500, RefCount: 1 } },
    { Name: 'unknown', UsageData: { Size: -1, RefCount: -1 } },
  ],
  BuildCache: null,
}

describe('dockerDiskUsage', () => {
  it('adds up what each kind takes', async () => {
    await using engine = await startEngine({ 'GET /system/df': DISK_USAGE })
    const { value } = await dockerDiskUsage({ socket: engine.socket }).read(testSession())
    expect(value).toEqual({ images: 1_000, containers: 30, volumes: 500, buildCache: 0 })
  })

  it('is unobserved where the engine refuses or answers something else', async () => {
    await using engine = await startEngine({})
    await expect(dockerDiskUsage({ socket: engine.socket }).read(testSession())).rejects.toThrow(/page not found/)
    await using other = await startEngine({ 'GET /system/df': { Volumes: 'many' } })
    await expect(dockerDiskUsage({ socket: other.socket }).read(testSession())).rejects.toThrow(Unobserved)
  })

  it('is unreachable without an engine', async () => {
    await expect(dockerDiskUsage({ socket: '/nowhere/docker.sock' }).read(testSession())).rejects.toThrow(Unreachable)
  })
})

describe('dockerEvents', () => {
  it('asks for a past stretch of time only, so that the answer ends', async () => {
    const lines = '{"Type":"container","Action":"die"}\n{"Type":"container","Action":"start"}\n'
    await using engine = await startEngine({ 'GET /events': Buffer.from(lines) })
    const { value, raw } = await dockerEvents({ socket: engine.socket }, { minutes: 60 }).read(testSession())
    expect(value).toBe(lines)
    expect(raw).toBe('2 events')
    const query = new URL(`http://x${engine.requests[0]?.request.replace('GET ', '')}`).searchParams
    expect(Number(query.get('until')) - Number(query.get('since'))).toBe(3_600)
  })
})
