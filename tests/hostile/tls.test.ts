import type { Socket } from 'node:net'
import { expect } from 'vitest'
import { type OldVersion, oldTls, type Presented, presentedTls } from '../../src/probes/tls.ts'
import { authority, type Issued } from '../probes/support/authority.ts'
import { dripping, endless } from '../support/hostile/arena.ts'
import { type HostileCase, hostile } from '../support/hostile/cases.ts'

const NAME = 'hooks.example.test'
const DEADLINE_MS = 500
const at = (address: string) => ({ system: 'gateway', name: NAME, port: 443, connectTo: address, deadlineMs: DEADLINE_MS })

function against(name: string, attack: (socket: Socket) => void, outcome: HostileCase['outcome'], says = /./): HostileCase {
  return { name, outcome, says, probe: async (arena) => presentedTls(at((await arena.serve(attack)).address)) }
}

type Issue = (issuer: Awaited<ReturnType<typeof authority>>) => Promise<Issued>

function presenting(name: string, issue: Issue, outcome: HostileCase['outcome'], says = /./): HostileCase {
  return {
    name,
    outcome,
    says,
    async probe(arena) {
      const issuer = await authority()
      const { address } = await arena.serveTls({ ...(await issue(issuer)), ciphers: 'DEFAULT@SECLEVEL=0' }, (socket) =>
        socket.resume(),
      )
      return presentedTls({ ...at(address), ca: issuer.ca })
    },
  }
}

const ALERT = Buffer.from([0x15, 3, 3, 0, 2, 2, 40])
const HELLO = Buffer.from([0x16, 3, 3, 0x40, 0, 2, 0, 0x3f, 0xfc])

hostile<Presented>(
  'a TLS server',
  {
    judge({ verifyError, chain }) {
      expect(verifyError, chain[0]?.names.slice(0, 3).join(', ')).toBe('')
      expect(chain[0]?.notAfter.getTime()).toBeGreaterThan(Date.now())
    },
  },
  [
    against('silence after the connection', (socket) => socket.resume(), 'unobserved', /handshake never finished/),
    against('a handshake that drips', (socket) => dripping(socket, '\x16\x03\x03\x40\x00'), 'unobserved', /handshake/),
    against('a greeting without end', (socket) => endless(socket, HELLO), 'unobserved', /handshake/),
    against(
      'random bytes without end',
      (socket) => endless(socket, Buffer.from(Array.from({ length: 4_096 }, (_, at) => (at * 7919) % 251))),
      'unobserved',
      /handshake/,
    ),
    against('an alert', (socket) => socket.write(ALERT), 'unobserved', /handshake/),
    against('alerts without end', (socket) => endless(socket, Buffer.from([0x15, 3, 3, 0, 2, 1, 0])), 'unobserved', /handshake/),
    against(
      'the end within the handshake',
      (socket) => {
        socket.once('data', () => socket.end(HELLO))
      },
      'unobserved',
      /./,
    ),
    against('a web page', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), 'unobserved', /handshake/),
    presenting(
      'a certificate with two thousand names',
      (issuer) => issuer.issue(NAME, { names: Array.from({ length: 2_000 }, (_, at) => `n${at}.example.test`) }),
      'failed',
      /ERR_TLS_CERT_ALTNAME_INVALID|does not match/,
    ),
    presenting('a certificate for everything', (issuer) => issuer.issue(NAME, { names: ['*'] }), 'failed'),
    presenting(
      'a certificate of the year 9999',
      (issuer) => issuer.issue(NAME, { notAfter: new Date('9999-12-31T23:59:59Z') }),
      'passed',
    ),
    presenting(
      'a certificate that ended long ago',
      (issuer) => issuer.issue(NAME, { notBefore: new Date('1951-01-01'), notAfter: new Date('1952-01-01') }),
      'failed',
      /EXPIRED/,
    ),
    presenting('a key that is too short', (issuer) => issuer.issue(NAME, { isWeak: true }), 'failed', /UNSPECIFIED/),
  ],
)

hostile<OldVersion>('a TLS server that is asked for an old version', { judge: ({ accepted }) => expect(accepted).toBe(false) }, [
  {
    name: 'it hangs',
    outcome: 'unobserved',
    says: /handshake/,
    probe: async (arena) => oldTls(at((await arena.serve((socket) => socket.resume())).address), 'TLSv1.1'),
  },
  {
    name: 'it answers with another protocol',
    outcome: 'passed',
    probe: async (arena) => oldTls(at((await arena.serve((socket) => socket.end('SSH-2.0-x\r\n'))).address), 'TLSv1.1'),
  },
])
