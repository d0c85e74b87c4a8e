import { createServer as createTcp } from 'node:net'
import { createServer } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { parseCertificates } from '../../src/probes/certificate.ts'
import { seenFrom } from '../../src/probes/seen-from.ts'
import { hostSchema } from '../../src/targets/schema.ts'
import { testSession } from '../support/session.ts'
import { SSHD, startSshd } from '../support/sshd.ts'
import { authority } from './support/authority.ts'
import { closedPort, listening } from './support/server.ts'

const here = hostSchema.parse({ shell: 'local', address: 'localhost' })

async function look(port: number, from = here, name = 'localhost') {
  const session = testSession()
  try {
    const { value } = await seenFrom({ system: 'host', from, names: [{ name, port }] }).read(session)
    return value[0]
  } finally {
    await session.close()
  }
}

describe('public names as another machine sees them', () => {
  it('are told with their addresses and the certificate that is presented', async () => {
    const issued = await (await authority()).issue('localhost')
    await using up = await listening(createServer(issued, (socket) => socket.on('error', () => socket.destroy())))
    const [leaf] = parseCertificates(issued.cert).certificates
    const port = Number(up.address.split(':')[1])
    const seen = await look(port)
    expect(seen).toMatchObject({ name: 'localhost', fingerprint: leaf?.fingerprint, complaint: '' })
    expect(seen?.addresses.some((address) => ['127.0.0.1', '::1'].includes(address))).toBe(true)
  })

  it('are told without one where nothing listens, with what was said', async () => {
    const seen = await look(await closedPort(createTcp()))
    expect(seen).toMatchObject({ fingerprint: '', complaint: expect.stringMatching(/refused|errno=111/i) })
  })

  it('are told without addresses where they do not resolve', async () => {
    expect(await look(443, here, 'nobody.invalid')).toMatchObject({ addresses: [], fingerprint: '' })
  })

  it.skipIf(SSHD === undefined)('are looked at over ssh (needs sshd)', async () => {
    await using sshd = await startSshd()
    expect(await look(await closedPort(createTcp()), sshd.host())).toMatchObject({ name: 'localhost', fingerprint: '' })
  })

  it('say where they are looked at and how to do it by hand', () => {
    const { access } = seenFrom({ system: 'vantage', from: 'probe@outside.test', names: [{ name: 'hooks.test', port: 443 }] })
    expect(access).toMatchObject({ system: 'vantage', address: 'ssh:probe@outside.test', effect: 'read' })
    expect(access.reproduce).toContain('openssl s_client')
  })
})
