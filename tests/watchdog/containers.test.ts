import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { removeLabelled } from '../../src/watchdog/containers.ts'

const LABEL = 'runbook.run=test'
const servers: http.Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** An engine that holds these things until they are deleted; a network only once no container is left. */
async function engineWith(held: Record<'containers' | 'networks' | 'images' | 'volumes', string[]>) {
  const requests: string[] = []
  const server = http.createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://engine')
    requests.push(`${request.method} ${pathname}`)
    const [, kind = '', name = ''] = pathname.split('/')
    const list = held[kind as keyof typeof held]
    if (request.method === 'DELETE') {
      const isBusy = kind === 'networks' && held.containers.length > 0
      if (!isBusy) list.splice(list.indexOf(name), 1)
      response.writeHead(isBusy ? 403 : 204).end()
      return
    }
    expect(searchParams.get('filters')).toBe(JSON.stringify({ label: [LABEL] }))
    const named = list.map((each) => (kind === 'volumes' ? { Name: each } : { Id: each }))
    response.end(JSON.stringify(kind === 'volumes' ? { Volumes: named } : named))
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { requests, engine: { host: '127.0.0.1', port: (server.address() as AddressInfo).port } }
}

describe('what a run left in an engine', () => {
  it('is removed: containers, then networks, images and volumes', async () => {
    const held = { containers: ['one', 'two'], networks: ['net'], images: ['sha256:one'], volumes: ['data'] }
    const { engine } = await engineWith(held)
    await removeLabelled({ engine, label: LABEL, quietMs: 0, deadlineMs: 5_000 })
    expect(held).toEqual({ containers: [], networks: [], images: [], volumes: [] })
  })

  it('is looked for until nothing new has appeared for a while: an engine goes on with what it was asked for', async () => {
    const held = { containers: ['one'], networks: [] as string[], images: [] as string[], volumes: [] as string[] }
    const { engine, requests } = await engineWith(held)
    const late = setTimeout(() => held.containers.push('late'), 300)
    await removeLabelled({ engine, label: LABEL, quietMs: 800, deadlineMs: 10_000 })
    clearTimeout(late)
    expect(held.containers).toEqual([])
    expect(requests).toContain('DELETE /containers/late')
  })

  it('is told by name where it does not go away', async () => {
    const held = { containers: ['stuck'], networks: ['net'], images: [] as string[], volumes: [] as string[] }
    const { engine } = await engineWith({ ...held, containers: Object.assign(held.containers, { splice: () => [] }) })
    await expect(removeLabelled({ engine, label: LABEL, quietMs: 0, deadlineMs: 300 })).rejects.toThrow(/still there.*stuck/)
  })

  it('is not taken for removed where no engine answers', async () => {
    const engine = { socketPath: '/nowhere/engine.sock' }
    await expect(removeLabelled({ engine, label: LABEL, quietMs: 0, deadlineMs: 300 })).rejects.toThrow('ENOENT')
  })
})
