import { createServer as createTcp } from 'node:net'
import { createServer, type TlsOptions as ServerOptions } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { type OldTls, oldTls, presentedTls } from '../../src/probes/tls.ts'
import { testSession } from '../support/session.ts'
import { authority, type Issued } from './support/authority.ts'
import { closedPort, listening } from './support/server.ts'

const tlsServer = (issued: Issued, options: ServerOptions = {}) =>
  createServer({ ...issued, ...options }, (socket) => socket.on('error', () => socket.destroy()))

async function look(server: Parameters<typeof listening>[0], ca: string, name = 'hooks.test') {
  await using up = await listening(server)
  const probe = presentedTls({ system: 'gateway', name, port: 443, connectTo: up.address, ca, deadlineMs: 500 })
  return await probe.read(testSession())
}

describe('a presented certificate', () => {
  it('is told with chain, protocol and a good verdict', async () => {
    const { ca, issue } = await authority('Own CA')
    const { value, raw } = await look(tlsServer(await issue('hooks.test')), ca)
    expect(value).toMatchObject({ verifyError: '', protocol: 'TLSv1.3' })
    expect(value.chain[0]).toMatchObject({ subject: 'CN=hooks.test', issuer: 'CN=Own CA', names: ['hooks.test'] })
    expect(raw).toContain('verified')
  })

  it('that is not trusted, names another host or has expired is an answer with the reason', async () => {
    const { ca, issue } = await authority()
    const stranger = await authority('Stranger')
    const expired = await issue('hooks.test', { notBefore: new Date(0), notAfter: new Date(86_400_000) })
    const verdicts = [
      await look(tlsServer(await stranger.issue('hooks.test')), ca),
      await look(tlsServer(await issue('other.test')), ca),
      await look(tlsServer(expired), ca),
    ].map(({ value }) => value.verifyError)
    expect(verdicts).toEqual(['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'ERR_TLS_CERT_ALTNAME_INVALID', 'CERT_HAS_EXPIRED'])
  })

  it('is the one for the name that is asked for', async () => {
    const { ca, issue } = await authority()
    const hooks = await issue('hooks.test')
    const { createSecureContext } = await import('node:tls')
    const server = tlsServer(await issue('default.test'), {
      SNICallback: (_name, done) => done(null, createSecureContext(hooks)),
    })
    expect((await look(server, ca)).value.chain[0]?.names).toEqual(['hooks.test'])
  })

  it('is no answer where nothing listens, the handshake breaks off, or never ends', async () => {
    const { ca } = await authority()
    const port = await closedPort(createTcp())
    const closed = presentedTls({ system: 'g', name: 'hooks.test', port, connectTo: `127.0.0.1:${port}`, ca })
    await expect(closed.read(testSession())).rejects.toMatchObject({ name: 'Unreachable', refused: true })
    const breaking = createTcp((socket) => socket.once('data', () => socket.resetAndDestroy()))
    await expect(look(breaking, ca)).rejects.toMatchObject({ name: 'Unreachable', refused: true })
    await expect(look(createTcp(), ca)).rejects.toThrow('handshake never finished')
  })

  it('is looked at in another place than HTTP, and reproduces with openssl', () => {
    const { access } = presentedTls({ system: 'g', name: 'hooks.test', port: 443, ca: '/etc/ca.pem' })
    expect(access.address).toBe('tls://hooks.test:443')
    expect(access.reproduce).toBe(
      'openssl s_client -connect hooks.test:443 -servername hooks.test -showcerts -CAfile /etc/ca.pem </dev/null',
    )
  })
})

describe('an old version of TLS', () => {
  async function offer(version: OldTls, options: ServerOptions) {
    const { issue } = await authority()
    await using up = await listening(tlsServer(await issue('hooks.test'), options))
    const probe = oldTls({ system: 'g', name: 'hooks.test', port: 443, connectTo: up.address, deadlineMs: 2_000 }, version)
    return (await probe.read(testSession())).value
  }

  it.each(['TLSv1', 'TLSv1.1'] as const)('%s is refused by a modern server', async (version) => {
    expect(await offer(version, { minVersion: 'TLSv1.2' })).toMatchObject({ version, accepted: false })
  })

  it.each(['TLSv1', 'TLSv1.1'] as const)('%s is accepted by an old one', async (version) => {
    const old = { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
    expect(await offer(version, old)).toMatchObject({ version, accepted: true, answer: expect.stringContaining(version) })
  })

  it('is not told where nothing listens', async () => {
    const port = await closedPort(createTcp())
    const probe = oldTls({ system: 'g', name: 'h.test', port, connectTo: `127.0.0.1:${port}` }, 'TLSv1')
    await expect(probe.read(testSession())).rejects.toMatchObject({ name: 'Unreachable', refused: true })
  })
})
