import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { openZone } from '../../src/rehearsal/zone.ts'
import { hostSchema } from '../../src/targets/schema.ts'
import { SSHD, startSshd } from '../support/sshd.ts'

const signal = AbortSignal.timeout(30_000)

describe('a machine inside the zone', () => {
  it.skipIf(SSHD === undefined)(
    'runs commands and lets us at a port of its loopback, over one connection (needs sshd)',
    async () => {
      await using sshd = await startSshd()
      const server = createServer((socket) => socket.end('from there')).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { TMPDIR } = process.env
      process.env.TMPDIR = sshd.directory
      try {
        const zone = await openZone(sshd.host(), signal)
        const { stdout } = await zone.shell.run(['echo', 'there'], { timeoutMs: 10_000, maxBytes: 100, signal })
        const socket = connect(await zone.forward((server.address() as AddressInfo).port), '127.0.0.1')
        const [chunk] = (await once(socket, 'data')) as [Buffer]
        expect([stdout, chunk.toString()]).toEqual(['there\n', 'from there'])
        socket.destroy()
        await zone.close()
        await expect(openZone(sshd.host(['Port 1']), signal)).rejects.toThrow(/nothing listens/)
      } finally {
        if (TMPDIR === undefined) delete process.env.TMPDIR
        else process.env.TMPDIR = TMPDIR
        server.close()
      }
      expect(readdirSync(sshd.directory).filter((name) => name.startsWith('ssh-'))).toEqual([])
    },
  )

  it('is this one where it says so, and never a container', async () => {
    const zone = await openZone(hostSchema.parse({}), signal)
    expect(await zone.forward(5432)).toBe(5432)
    await zone.close()
    const container = hostSchema.parse({ shell: 'container', address: 'box' })
    await expect(openZone(container, signal)).rejects.toMatchObject({ name: 'Unobserved', rootCause: { id: 'rehearsal:host' } })
    const lost = hostSchema.parse({ shell: 'ssh', address: 'web', connection: { failed: 'it is down' } })
    await expect(openZone(lost, signal)).rejects.toThrow('it is down')
  })
})
