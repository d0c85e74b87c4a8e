import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import https from 'node:https'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeEmbedded, type EmbeddedTarget, startEmbedded } from '../../../src/targets/embedded/index.ts'
import { targetSchema } from '../../../src/targets/schema.ts'
import { until } from '../../../src/wait.ts'
import { startWatchdog } from '../../../src/watchdog/index.ts'
import { startTimeOf } from '../../../src/watchdog/process.ts'
import { openEmbedded } from './support.ts'

let opened: Awaited<ReturnType<typeof openEmbedded>>
let target: EmbeddedTarget

beforeAll(async () => {
  opened = await openEmbedded()
  target = opened.target
})
afterAll(() => opened.close())

async function get(url: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> {
  const { hostname, port, pathname } = new URL(url)
  const { ca } = target.spec.tls
  const request = https.request({
    host: target.spec.dns.overrides[hostname],
    servername: hostname,
    port,
    path: pathname,
    headers: { host: hostname, ...headers },
    ca: ca === undefined ? [] : readFileSync(ca),
    agent: false,
  })
  request.end()
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }
}

describe('the description of the embedded target', () => {
  it('is valid, connects public names to loopback, and names what embedded lacks', () => {
    const spec = describeEmbedded()
    expect(targetSchema.safeParse(spec).error).toBeUndefined()
    expect(spec.parts).toMatchObject({ kafka: 'none', redis: 'none', docker: 'none' })
    expect(Object.values(spec.dns.overrides)).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.1', '127.0.0.1'])
  })

  it('differs from a started one only in addresses', () => {
    expect(targetSchema.safeParse(target.spec).error).toBeUndefined()
    expect(Object.keys(target.spec).sort()).toEqual(Object.keys(describeEmbedded()).sort())
    expect(JSON.stringify(target.spec)).not.toMatch(/:0["/]/)
  })
})

describe('a started embedded target', () => {
  it('answers every public name over TLS that its CA vouches for', async () => {
    const { apiKey = '' } = target.secrets
    const urls = Object.values(target.spec.services).map(({ public: url, health }) => `${url}${health}`)
    const gateways = Object.values(target.spec.gateways).map(({ public: url }) => `${url}/health`)
    for (const url of [...urls, ...gateways]) expect([url, (await get(url, { 'x-api-key': apiKey })).status]).toEqual([url, 200])
    expect((await get(`${target.spec.services['hook-receiver']?.public}/metrics`)).status).toBe(404)
  })

  it('has secrets on its host that are in force', async () => {
    const file = (name: string) => readFileSync(target.control.hostPath(`${target.spec.paths.secrets}/${name}`), 'utf8')
    expect(file('api_key')).toBe(target.secrets.apiKey)
    expect(file('postgres_password')).toBe(target.secrets['postgres.password'])
    expect(statSync(target.control.hostPath(target.spec.paths.secrets)).mode & 0o777).toBe(0o700)
    expect(JSON.stringify([target.spec, target.notes, target.parts, target.release])).not.toContain(target.secrets.apiKey)
  })

  it('publishes in its environment file the ports that are really used', () => {
    const text = readFileSync(target.control.hostPath(target.spec.paths.envFile), 'utf8')
    expect(text).toContain(`HOOK_RECEIVER_PORT=${target.control.services['hook-receiver']?.port}\n`)
  })

  it('has a month of backups, each whole, and the configuration in them', async () => {
    const place = target.control.hostPath(target.spec.paths.backups)
    const backups = await readdir(place)
    expect(backups).toHaveLength(32)
    const newest = path.join(place, backups.sort().at(-1) ?? '')
    const manifest = JSON.parse(readFileSync(path.join(newest, 'manifest.json'), 'utf8'))
    expect(manifest.database.tables.find((table: { name: string }) => table.name.endsWith('hook_events'))).toMatchObject({
      rows: 200,
    })
    expect(manifest.configuration.map(({ original }: { original: string }) => original)).toContain(target.spec.paths.envFile)
    expect(Object.keys(manifest.images)).toContain('hook-receiver')
  })

  it('writes the services’ logs onto the host, as JSON, without the key', async () => {
    const file = target.control.hostPath(`${target.spec.paths.application}/logs/services/model-metrics.log`)
    await fetch(`${target.spec.services['model-metrics']?.url}/models/available`, {
      headers: { 'x-api-key': target.secrets.apiKey ?? '' },
    })
    const text = await until(
      async () => (existsSync(file) ? readFileSync(file, 'utf8') : ''),
      (now) => now.includes('/models'),
      { deadlineMs: 2_000, everyMs: 10 },
    )
    for (const line of text.trim().split('\n'))
      expect(JSON.parse(line)).toMatchObject({ service: 'model-metrics', level: expect.any(String) })
    expect(text).not.toContain(target.secrets.apiKey)
  })

  it('lets a certificate be exchanged and put back', async () => {
    const url = `${target.spec.services['model-metrics']?.public}/`
    const undo = await target.control.reissueCertificate('model-metrics', { notAfter: new Date(Date.now() - 60_000) })
    await expect(get(url)).rejects.toMatchObject({ code: 'CERT_HAS_EXPIRED' })
    await undo()
    expect((await get(url)).status).toBe(200)
    const undoWeak = await target.control.reissueCertificate('model-metrics', { keyType: 'rsa-1024' })
    await expect(get(url)).rejects.toThrow()
    await undoWeak()
    expect((await get(url)).status).toBe(200)
  })

  it('lets a service be stopped and started on its port', async () => {
    const service = target.control.services['workflow-coordinator']
    const url = `${target.spec.services['workflow-coordinator']?.url}/health`
    await service?.stop()
    await expect(fetch(url)).rejects.toThrow('fetch failed')
    await service?.start()
    expect((await fetch(url)).status).toBe(200)
  })

  it('runs beside another one', async () => {
    const other = await openEmbedded()
    const ports = [target, other.target].flatMap(({ spec, control }) => [
      ...Object.values(control.services).map(({ port }) => port),
      spec.postgres?.port,
      control.gateway.port,
      ...control.dns.map(({ port }) => port),
    ])
    expect(new Set(ports).size).toBe(ports.length)
    expect(other.target.secrets.apiKey).not.toBe(target.secrets.apiKey)
    await other.close()
  })
})

describe('an embedded target that ends', () => {
  it('leaves no process and no open port, and stops twice', async () => {
    const { target: ending, close } = await openEmbedded()
    const { control } = ending
    const pid = control.postgres?.pid ?? -1
    const ports = [
      ...Object.values(control.services).map(({ port }) => port),
      control.gateway.port,
      control.gateway.plainPort,
      control.postgres?.port ?? 0,
    ]
    await Promise.all([ending.stop(), ending.stop()])
    await close()
    expect(startTimeOf(pid)).toBeUndefined()
    for (const port of ports)
      await expect(once(net.connect(port, '127.0.0.1'), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(existsSync(control.root)).toBe(false)
  })

  it('leaves nothing running where the start was aborted half-way', async () => {
    const watchdog = await startWatchdog()
    for (const afterMs of [1, 60, 150]) {
      const runDirectory = await mkdtemp(path.join(os.tmpdir(), 'embedded-abort-'))
      await expect(startEmbedded({ runDirectory, watchdog, signal: AbortSignal.timeout(afterMs) })).rejects.toThrow()
      expect(processesIn(runDirectory)).toEqual([])
      await rm(runDirectory, { recursive: true })
    }
    await watchdog.stop()
  })

  it.each([
    ['while it starts', 1],
    ['once it has started', 2],
  ])('leaves nothing when its run is killed %s', async (_, lines) => {
    const run = spawn(process.execPath, [new URL('run.ts', import.meta.url).pathname], { stdio: ['ignore', 'pipe', 'inherit'] })
    const seen: Record<string, unknown>[] = []
    for await (const line of createInterface({ input: run.stdout })) if (seen.push(JSON.parse(line)) === lines) break
    const { runDirectory, watchdog, postgres } = Object.assign({}, ...seen) as {
      runDirectory: string
      watchdog: number
      postgres?: number
    }
    run.kill('SIGKILL')
    const left = await until(
      async () => [existsSync(runDirectory), isAlive(watchdog), isAlive(postgres), ...processesIn(runDirectory)],
      ([directory, ...processes]) => directory === false && processes.every((alive) => alive === false),
      { deadlineMs: 3_000, everyMs: 20 },
    )
    expect(left).toEqual([false, false, false])
  })
})

const isAlive = (pid: number | undefined): boolean => pid !== undefined && startTimeOf(pid) !== undefined

/** Pids whose command line names the directory. */
function processesIn(directory: string): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => commandLine(pid).includes(directory))
    .map(Number)
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    // It ended between the listing and the look.
    return ''
  }
}
