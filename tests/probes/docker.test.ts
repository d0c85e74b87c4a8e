import { describe, expect, it } from 'vitest'
import type { Probe } from '../../src/probe.ts'
import { composeContainers, engine, images, networks, volumes } from '../../src/probes/docker.ts'
import { withDocker } from '../../src/probes/docker-client.ts'
import { containerFacts } from '../../src/probes/docker-container.ts'
import { containerExec } from '../../src/probes/docker-exec.ts'
import { imageAvailability } from '../../src/probes/docker-images.ts'
import { containerUsage, usageOf } from '../../src/probes/docker-stats.ts'
import { frame, recordedContainer, startEngine } from '../support/docker-engine.ts'
import { testSession } from '../support/session.ts'
import { silentServer } from '../support/silent.ts'

const listed = [{ Id: 'c1', Names: ['/bridge-hook-receiver-1'], Labels: { 'com.docker.compose.service': 'hook-receiver' } }]
const stats = {
  cpu_stats: {
    cpu_usage: { total_usage: 300 },
    system_cpu_usage: 2_000,
    online_cpus: 4,
    throttling_data: { periods: 10, throttled_periods: 3 },
  },
  precpu_stats: { cpu_usage: { total_usage: 100 }, system_cpu_usage: 1_000 },
  memory_stats: { usage: 1_000, limit: 4_000, stats: { inactive_file: 400 } },
  pids_stats: { current: 7 },
}
const answers = {
  'GET /info': {
    ServerVersion: '27.3.1',
    KernelVersion: '6.1.0',
    Driver: 'overlay2',
    LoggingDriver: 'json-file',
    DockerRootDir: '/var/lib/docker',
  },
  'GET /version': { ApiVersion: '1.47' },
  'GET /containers/json': listed,
  'GET /containers/c1/json': recordedContainer,
  'GET /images/sha256:aaa/json': { RepoDigests: ['registry.example.test/hook-receiver@sha256:bbb'] },
  'GET /images/json': [{ Id: 'sha256:aaa', RepoTags: ['hook:1'], RepoDigests: null, Size: 5, Created: 1 }],
  'GET /volumes': { Volumes: [{ Name: 'data', Driver: 'local', Mountpoint: '/v', Labels: null }] },
  'GET /networks': [{ Name: 'bridge_default', Driver: 'bridge', Internal: false, Labels: {} }],
  'GET /containers/c1/stats': stats,
  'POST /containers/c1/exec': { Id: 'e1' },
  'POST /exec/e1/start': Buffer.concat([frame(2, 'syntax is ok\n'), frame(1, 'test is successful\n')]),
  'GET /exec/e1/json': { ExitCode: 0 },
}

describe('the engine', () => {
  it('is read by GET alone, in the name of the run', async () => {
    await using server = await startEngine(answers)
    const spec = { socket: server.socket }
    const session = testSession()
    expect((await engine(spec).read(session)).value).toMatchObject({
      version: '27.3.1',
      storageDriver: 'overlay2',
      apiVersion: '1.47',
    })
    expect((await images(spec).read(session)).value).toMatchObject([{ tags: ['hook:1'], digests: [] }])
    expect((await volumes(spec).read(session)).value).toEqual([{ name: 'data', driver: 'local', mountpoint: '/v', labels: {} }])
    expect((await networks(spec).read(session)).value).toMatchObject([{ name: 'bridge_default', isInternal: false }])
    expect((await containerUsage(spec, 'bridge').read(session)).value).toMatchObject([
      { service: 'hook-receiver', cpuPercent: 80 },
    ])
    expect(server.requests.filter(({ request, agent }) => !request.startsWith('GET ') || agent !== 'runbook/test-run')).toEqual(
      [],
    )
  })

  it('tells of each container of a project what a runbook asks, and no value of its environment that was not asked for', async () => {
    await using server = await startEngine(answers)
    const probe = composeContainers({ socket: server.socket }, { project: 'bridge', showEnvironment: ['ENVIRONMENT'] })
    const { value, raw } = await probe.read(testSession())
    expect(value).toMatchObject([
      {
        service: 'hook-receiver',
        image: 'registry.example.test/hook-receiver:1.2.3',
        digests: ['sha256:bbb'],
        health: 'healthy',
        restartCount: 2,
        environment: { ENVIRONMENT: 'production' },
        environmentNames: ['ENVIRONMENT', 'POSTGRES_PASSWORD', 'EMPTY'],
        cpuLimit: 1.5,
        ports: [{ container: '8001/tcp', address: '127.0.0.1', port: 8001 }],
        logOptions: { 'max-size': '10m' },
      },
    ])
    expect(raw).not.toContain('never-to-be-seen')
    expect(server.requests[0]?.request).toContain(encodeURIComponent('com.docker.compose.project=bridge'))
  })

  it('is unobserved where it answers with an error or with another shape', async () => {
    await using server = await startEngine({ 'GET /info': { ServerVersion: 1 }, 'GET /version': {} })
    await expect(engine({ socket: server.socket }).read(testSession())).rejects.toThrow('another shape')
    const missing = volumes({ socket: server.socket }).read(testSession())
    await expect(missing).rejects.toMatchObject({ name: 'Unobserved', message: expect.stringContaining('404') })
  })

  it('is unreachable where there is no socket or nobody behind it', async () => {
    await expect(engine({ socket: '/nonexistent/docker.sock' }).read(testSession())).rejects.toMatchObject({
      name: 'Unreachable',
      refused: true,
      message: expect.stringContaining('start the engine'),
    })
    await expect(engine({ host: '127.0.0.1', port: 1 }).read(testSession())).rejects.toMatchObject({
      name: 'Unreachable',
      refused: true,
    })
  })

  it('does not wait for one that says nothing', async () => {
    await using silent = await silentServer()
    const signal = AbortSignal.timeout(150)
    const reading = engine({ host: '127.0.0.1', port: silent.port }).read(testSession({}, { signal }))
    await expect(reading).rejects.toThrow()
  })
})

describe('imageAvailability', () => {
  const wanted: Probe<readonly string[]> = {
    kind: 'test',
    access: { system: 'host', address: 'h', operation: 'read', effect: 'read', reproduce: '' },
    deadlineMs: 1_000,
    read: async () => ({ value: ['a:1', 'registry.example.test/b:2', 'c:3', 'a:1'], raw: '' }),
  }

  it('asks the store, then the registry, and pulls nothing', async () => {
    const known = { 'GET /images/a:1/json': {}, 'GET /distribution/registry.example.test/b:2/json': { Descriptor: {} } }
    await using server = await startEngine(known)
    const { value } = await imageAvailability({ socket: server.socket }, wanted).read(testSession())
    expect(value.map(({ image, from }) => [image, from])).toEqual([
      ['a:1', 'store'],
      ['registry.example.test/b:2', 'registry'],
      ['c:3', 'nowhere'],
    ])
    expect(value[2]?.detail).toContain('page not found')
    expect(server.requests.filter(({ request }) => !request.startsWith('GET '))).toEqual([])
  })

  it('is unreachable where there is no engine', async () => {
    await expect(imageAvailability({ host: '127.0.0.1', port: 1 }, wanted).read(testSession())).rejects.toMatchObject({
      name: 'Unreachable',
    })
  })
})

describe('the rule below the client', () => {
  const use = (allowed: 'get' | 'exec', socket: string, id: string) =>
    withDocker(testSession(), { socket }, { deadlineMs: 1_000, allowed }, (docker) => docker.getContainer(id).stop())

  it.each(['get', 'exec'] as const)('lets no container be stopped (%s)', async (allowed) => {
    await using server = await startEngine(answers)
    await expect(use(allowed, server.socket, 'c1')).rejects.toThrow('not a request that a probe may send')
    expect(server.requests).toEqual([])
  })

  it('lets no command be run where only reading was asked for', async () => {
    await using server = await startEngine(answers)
    const reading = withDocker(testSession(), { socket: server.socket }, { deadlineMs: 1_000 }, (docker) =>
      docker.getContainer('c1').exec({ Cmd: ['sh'] }),
    )
    await expect(reading).rejects.toThrow('not a request that a probe may send')
    expect(server.requests).toEqual([])
  })
})

describe('containerExec', () => {
  it('runs one command of the list and tells how it ended', async () => {
    await using server = await startEngine(answers)
    const probe = containerExec({ socket: server.socket }, { project: 'bridge', service: 'nginx', command: 'nginx -t' })
    expect(probe.access.effect).toBe('exec')
    expect((await probe.read(testSession())).value).toEqual({ exitCode: 0, output: 'syntax is ok\ntest is successful\n' })
  })

  it('is unobserved where no such container runs', async () => {
    await using server = await startEngine({ 'GET /containers/json': [] })
    const probe = containerExec({ socket: server.socket }, { project: 'bridge', service: 'nginx', command: 'nginx -t' })
    await expect(probe.read(testSession())).rejects.toThrow('no container of nginx is running')
  })
})

describe('usage and facts', () => {
  it('takes the page cache off the memory and counts throttled periods', () => {
    expect(usageOf(stats)).toEqual({ cpuPercent: 80, memory: 600, memoryLimit: 4_000, pids: 7, periods: 10, throttledPeriods: 3 })
  })

  it('calls a container without health check by that name', () => {
    const { Health: _, ...State } = recordedContainer.State
    expect(containerFacts({ ...recordedContainer, State }, [], []).health).toBe('none')
  })

  it('is unobserved where an engine describes a container otherwise', () => {
    expect(() => containerFacts({ ...recordedContainer, State: 'running' }, [], [])).toThrow('another shape')
  })
})
