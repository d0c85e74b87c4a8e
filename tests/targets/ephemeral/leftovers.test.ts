import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import Docker from 'dockerode'
import { afterEach, expect, it } from 'vitest'
import { OWNER_LABEL, RUN_LABEL } from '../../../src/targets/ephemeral/labels.ts'
import { removeLeftovers } from '../../../src/targets/ephemeral/leftovers.ts'

const servers: http.Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** An engine with a network of a dead run, which it lets go of or not. */
async function engineWithNetwork(isHeld: boolean) {
  const networks = [{ Id: 'net', Labels: { [RUN_LABEL]: 'dead-run', [OWNER_LABEL]: `${os.hostname()}/1/never` } }]
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://engine')
    if (request.method === 'DELETE') {
      if (!isHeld) networks.splice(0)
      response.writeHead(isHeld ? 403 : 204).end()
    } else if (pathname.endsWith('/networks')) response.end(JSON.stringify(networks))
    else response.end(pathname.endsWith('/volumes') ? '{"Volumes":[]}' : '[]')
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { docker: new Docker({ host: '127.0.0.1', port }), address: { host: '127.0.0.1', port } } as Parameters<
    typeof removeLeftovers
  >[0]
}

it('removes what a dead run left', async () => {
  expect(await removeLeftovers(await engineWithNetwork(false))).toEqual({ removed: ['dead-run'], stuck: [] })
})

it('tells what the engine does not let go of, and goes on', async () => {
  const { removed, stuck } = await removeLeftovers(await engineWithNetwork(true), 300)
  expect(removed).toEqual([])
  expect(stuck).toEqual([expect.stringMatching(/dead-run: still there after 300 ms: net/)])
})
