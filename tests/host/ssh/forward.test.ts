import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Observer } from '../../../src/observe.ts'
import type { Probe } from '../../../src/probe.ts'
import { volumes } from '../../../src/probes/docker.ts'
import { http } from '../../../src/probes/http.ts'
import { openLive } from '../../../src/targets/live/index.ts'
import type { TargetSpec } from '../../../src/targets/schema.ts'
import type { Started } from '../../../src/targets/started.ts'
import { startWatchdog, type Watchdog } from '../../../src/watchdog/index.ts'
import { testTarget } from '../../support/judging.ts'
import { SSHD, startSshd, type TestSshd, type Wire, wireTo } from '../../support/sshd.ts'

/** The body of the answer; a connection that is left in vain ends soon. */
function bodyOf(system: string, url: string): Probe<string> {
  const probe = http({ system, url, deadlineMs: 3_000 })
  return {
    ...probe,
    read: async (session) => {
      const { value, raw } = await probe.read(session)
      return { value: value.body, raw }
    },
  }
}

describe.skipIf(SSHD === undefined)('forwards (needs sshd)', () => {
  let directory: string
  let sshd: TestSshd
  let watchdog: Watchdog
  let server: Server
  let socketServer: Server

  beforeAll(async () => {
    directory = mkdtempSync(path.join(os.tmpdir(), 'fwd-'))
    sshd = await startSshd()
    watchdog = await startWatchdog()
    server = createServer((_, response) => response.end('inner')).listen(0, '127.0.0.1')
    const answer = { Volumes: [], Warnings: null }
    socketServer = createServer((_, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer)),
    ).listen(path.join(directory, 'engine.sock'))
    await Promise.all([server, socketServer].map((each) => each.listening || once(each, 'listening')))
  })
  afterAll(async () => {
    server.close()
    socketServer.close()
    await watchdog.stop()
    await sshd[Symbol.asyncDispose]()
    rmSync(directory, { recursive: true, force: true })
  })

  const innerPort = (): number => {
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  function specOf(hosts: TargetSpec['hosts'], urls: Readonly<Record<string, string>>): TargetSpec {
    const services = Object.entries(urls).map(([name, url]) => [name, { url, health: '/', healthNeedsKey: false }] as const)
    const { postgres, redis, kafka, prometheus, alertmanager, grafana, ...spec } = testTarget().spec
    return {
      ...spec,
      hosts,
      services: Object.fromEntries(services),
      docker: { socket: path.join(directory, 'engine.sock') },
      reach: { through: 'services', parts: {} },
    }
  }

  async function observing<T>(
    spec: TargetSpec,
    use: (ask: (what: string | Probe<unknown>) => Promise<unknown>, started: Started, shown: string[]) => Promise<T>,
  ): Promise<T> {
    const started = await openLive({ spec, secrets: {}, directory, watchdog, signal: AbortSignal.timeout(30_000) })
    const shown: string[] = []
    const observer = new Observer({
      runId: 'r',
      allows: ['read'],
      secrets: {},
      forwarded: started.spec.forwarded,
      onAccess: ({ address }) => shown.push(address),
    })
    const ask = async (what: string | Probe<unknown>): Promise<unknown> => {
      const probe = typeof what === 'string' ? bodyOf(what, started.spec.services[what]?.url ?? '') : what
      const { reading, error } = await observer.fresh(probe, AbortSignal.timeout(10_000))
      return error ?? reading?.value
    }
    try {
      return await use(ask, started, shown)
    } finally {
      await observer.close()
      await started.stop()
    }
  }

  it('carry HTTP and the engine’s socket, and are shown as what they lead to', async () => {
    const spec = specOf({ services: sshd.host() }, { api: `http://127.0.0.1:${innerPort()}` })
    await observing(spec, async (ask, { spec: { docker } }, shown) => {
      expect(await ask('api')).toBe('inner')
      expect(shown.slice(0, 1)).toEqual([`127.0.0.1:${innerPort()} (through ssh web)`])
      if (docker === undefined || !('socket' in docker)) throw new Error('no socket')
      expect(docker.socket).not.toContain('engine.sock')
      expect(await ask(volumes(docker))).toEqual([])
    })
  })

  it('tell why the far end was not reached, and whether that is the far end’s fault', async () => {
    const urls = { closed: 'http://127.0.0.1:1', nameless: 'http://no-such-host.invalid:80' }
    await observing(specOf({ services: sshd.host() }, urls), async (ask) => {
      expect(await ask('closed')).toMatchObject({
        refused: true,
        message: expect.stringMatching(/web could not connect to 127\.0\.0\.1:1 \(connect failed: Connection refused\)/),
      })
      expect(await ask('nameless')).toMatchObject({
        refused: true,
        message: expect.stringMatching(/could not connect to no-such-host/),
      })
    })
  })

  it('that sshd does not allow are no fault of the far end', async () => {
    await using closed = await startSshd(['AllowTcpForwarding no'])
    const spec = specOf({ services: closed.host() }, { api: `http://127.0.0.1:${innerPort()}` })
    await observing(spec, async (ask) => {
      expect(await ask('api')).toMatchObject({
        refused: false,
        message: expect.stringMatching(/does not let us forward to .*AllowTcpForwarding/),
      })
    })
  })

  it('of a lost connection have that one cause; those of another host go on', async () => {
    await using wire: Wire = await wireTo(sshd.port)
    await using other = await startSshd()
    const url = `http://127.0.0.1:${innerPort()}`
    const hosts = { services: sshd.host([`Port ${wire.port}`]), database: { ...other.host(), address: 'web-2' } }
    const sshConfig = other.config(other.entry('web-2'))
    const spec = specOf({ ...hosts, database: { ...hosts.database, sshConfig } }, { api: url, other: url })
    await observing({ ...spec, reach: { through: 'services', parts: { other: 'database' } } }, async (ask, started) => {
      expect([await ask('api'), await ask('other')]).toEqual(['inner', 'inner'])
      expect(started.hosts?.map(({ role, account }) => `${role} ${account.split('@')[1]}`)).toEqual([
        `services 127.0.0.1:${wire.port}`,
        `database 127.0.0.1:${other.port}`,
      ])
      wire.cut()
      expect(await ask('api')).toMatchObject({
        refused: false,
        rootCause: { id: 'unreachable:ssh:web', text: expect.stringMatching(/connection to web was lost/) },
      })
      expect(await ask('other')).toBe('inner')
    })
  })

  it('through a host that was not reached are refused before anything is sent', async () => {
    const spec = specOf({ services: sshd.host(['Port 1']) }, { api: `http://127.0.0.1:${innerPort()}` })
    await observing(spec, async (ask, _, shown) => {
      expect(await ask('api')).toMatchObject({
        rootCause: { id: 'unreachable:ssh:web', text: expect.stringMatching(/nothing listens/) },
      })
      expect(shown).toEqual([])
    })
  })
})
