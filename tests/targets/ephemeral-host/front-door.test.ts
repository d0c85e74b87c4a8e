import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createAuthority } from '../../../src/targets/disposable/certificates.ts'
import { frontDoorProblem } from '../../../src/targets/ephemeral-host/front-door.ts'

async function asked(status: number, names: readonly string[]): Promise<string | undefined> {
  const authority = await createAuthority({ name: 'test', now: new Date() })
  const { certificate, key } = await authority.issue({ names })
  const server = createServer({ cert: certificate, key }, (_, response) => response.writeHead(status).end())
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await promise
  const { port } = server.address() as AddressInfo
  try {
    return await frontDoorProblem({ url: new URL(`https://shop.test:${port}/health`), authority: authority.certificate })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

describe('the front door', () => {
  it('is well where it answers 200 under its name', async () => {
    expect(await asked(200, ['shop.test'])).toBeUndefined()
  })
  it('is not where it answers anything else, or as somebody else', async () => {
    expect(await asked(503, ['shop.test'])).toMatch(/^https:\/\/shop\.test:\d+\/health answers 503$/)
    expect(await asked(200, ['other.test'])).toMatch(/shop\.test/)
  })
})
