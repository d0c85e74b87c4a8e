import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { connectOnce } from '../../../src/cli/check/connect.ts'
import type { Endpoint } from '../../../src/cli/check/endpoints.ts'
import { loadTarget } from '../../../src/targets/load.ts'

const spec = loadTarget('this-machine')
const signal = new AbortController().signal
const servers: Server[] = []

async function listening(server: Server, where: string | number): Promise<number> {
  servers.push(server)
  if (typeof where === 'string') server.listen(where)
  else server.listen(where, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function tcp(port: number): Endpoint {
  return { part: 'redis', address: `127.0.0.1:${port}`, connect: { how: 'tcp', host: '127.0.0.1', port } }
}

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

describe('connectOnce', () => {
  it('reaches what takes the connection and keeps it', async () => {
    const port = await listening(
      createServer((socket) => socket.resume()),
      0,
    )
    expect(await connectOnce(tcp(port), spec, signal)).toMatchObject({
      state: 'reached',
      detail: expect.stringMatching(/^connected in/),
    })
  })

  it('takes the near end of a forward whose far end refuses for what it is', async () => {
    const port = await listening(
      createServer((socket) => socket.destroy()),
      0,
    )
    expect(await connectOnce(tcp(port), spec, signal)).toMatchObject({ state: 'unreachable' })
  })

  it('says of a forward where it leads, and does not try one that was never opened', async () => {
    const carrier = { inner: '10.0.0.5:6379', destination: 'deploy@app-1', failed: 'refused' }
    const finding = await connectOnce(tcp(1), { ...spec, forwarded: { '127.0.0.1:1': carrier } }, signal)
    expect(finding).toMatchObject({ state: 'unreachable', address: '10.0.0.5:6379 via deploy@app-1' })
  })

  it('says of a port where nothing listens what to do', async () => {
    const finding = await connectOnce(tcp(1), spec, signal)
    expect(finding).toMatchObject({ state: 'unreachable', detail: expect.stringMatching(/^the connection was refused/) })
    expect(finding.todo).toEqual(['start what should listen there, or correct the address in the target file'])
  })

  it('does not wait for a TLS handshake that never comes', async () => {
    const port = await listening(
      createServer(() => undefined),
      0,
    )
    const connect = { how: 'tls', host: '127.0.0.1', port, name: 'hooks.test' } as const
    const finding = await connectOnce({ part: 'public.hooks', address: 'hooks.test', connect }, spec, signal)
    expect(finding).toMatchObject({ state: 'unreachable', detail: expect.stringContaining('handshake never finished') })
  })

  it('connects to a socket', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'socket-'))
    try {
      const socket = path.join(folder, 's')
      await listening(createServer(), socket)
      const endpoint: Endpoint = { part: 'docker', address: socket, connect: { how: 'socket', path: socket } }
      expect(await connectOnce(endpoint, spec, signal)).toMatchObject({ state: 'reached' })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
