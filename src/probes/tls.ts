import type { TLSSocket } from 'node:tls'
import { Unobserved } from '../outcome.ts'
import type { Probe, Session } from '../probe.ts'
import { authorityOption, loadAuthority } from './authority.ts'
import { type Certificate, describe } from './certificate.ts'
import { openTcp, openTls, serverName } from './connection.ts'
import { connectionFailure, type Phase, timeoutFailure } from './connection-error.ts'
import { deadline, GRACE_MS } from './deadline.ts'
import { joinHostPort, quote, splitHostPort } from './reproduce.ts'

export interface TlsOptions {
  readonly system: string
  /** The public name: what is asked for by server name indication, and what the certificate must cover. */
  readonly name: string
  readonly port: number
  /** `host:port` to connect to in place of the name. */
  readonly connectTo?: string
  /** PEM text or path of the CA to verify against; absent: the system's. */
  readonly ca?: string
  /** Milliseconds; 5,000 by default. */
  readonly deadlineMs?: number
}

/** What a server presented, whether or not it is to be trusted. */
export interface Presented {
  /** Leaf first. Where the last issuer is a CA that we trust, it may have been added by our side. */
  readonly chain: readonly Certificate[]
  /** Such as `TLSv1.3`. */
  readonly protocol: string
  readonly cipher: string
  /** Empty where a client that trusts the CA would accept chain, dates and name; otherwise why not. */
  readonly verifyError: string
  readonly remoteAddress: string
  readonly handshakeMs: number
}

/** How a server answered a client that speaks nothing newer than one old version. */
export interface OldVersion {
  readonly version: OldTls
  readonly accepted: boolean
  /** What was negotiated, or how it was refused. */
  readonly answer: string
}

export type OldTls = 'TLSv1' | 'TLSv1.1'

const DEADLINE_MS = 5_000

/** The certificate chain that a server presents, the protocol it negotiates, and our verdict on both as an answer. */
export function presentedTls(options: TlsOptions): Probe<Presented> {
  return probe(options, 'TLS handshake', '', async (connection, session) => {
    const ca = options.ca === undefined ? {} : { ca: await loadAuthority(options.ca) }
    const { socket, ms } = await connection.secure({ ...ca, rejectUnauthorized: false })
    session.signal.throwIfAborted()
    const value: Presented = {
      chain: chainOf(socket),
      protocol: socket.getProtocol() ?? 'unknown',
      cipher: socket.getCipher().name,
      verifyError: socket.authorized ? '' : reasonOf(socket.authorizationError),
      remoteAddress: joinHostPort(socket.remoteAddress ?? '', socket.remotePort ?? 0),
      handshakeMs: ms,
    }
    return { value, raw: rawOf(value) }
  })
}

/** Whether the server still speaks an old version of TLS. Its refusal is the answer; only no connection at all is none. */
export function oldTls(options: TlsOptions, version: OldTls): Probe<OldVersion> {
  const flag = version === 'TLSv1' ? ' -tls1' : ' -tls1_1'
  return probe(
    options,
    `TLS handshake with ${version} at most`,
    `${flag} -cipher DEFAULT@SECLEVEL=0`,
    async (connection): Promise<{ value: OldVersion; raw: string }> => {
      const offer = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0', rejectUnauthorized: false }
      try {
        const { socket } = await connection.secure(offer)
        const answer = `${socket.getProtocol() ?? 'unknown'} with ${socket.getCipher().name}`
        return { value: { version, accepted: true, answer }, raw: `accepted ${answer}` }
      } catch (error) {
        const answer = refusalOf(error, version)
        return { value: { version, accepted: false, answer }, raw: `refused: ${answer}` }
      }
    },
  )
}

interface Connection {
  secure(options: Parameters<typeof openTls>[1]): ReturnType<typeof openTls>
}

type Look<T> = (connection: Connection, session: Session) => Promise<{ value: T; raw: string }>

function probe<T>(options: TlsOptions, operation: string, flags: string, look: Look<T>): Probe<T> {
  const { system, name, port, connectTo = joinHostPort(name, port), ca, deadlineMs: limit = DEADLINE_MS } = options
  // An address of its own: that a certificate is not trusted stops HTTP, and must not stop the look at that certificate.
  const address = `tls://${joinHostPort(name, port)}`
  const reproduce = `openssl s_client -connect ${quote(connectTo)} -servername ${quote(name)}${flags} -showcerts${authorityOption('-CAfile', ca)} </dev/null`
  return {
    kind: 'tls',
    access: { system, address, operation, effect: 'read', reproduce },
    deadlineMs: limit + GRACE_MS,
    variant: JSON.stringify([connectTo, ca]),
    async read(session) {
      using bound = deadline(session, limit)
      let phase: Phase = 'connect'
      const opened: { destroy(): void }[] = []
      try {
        const { host, port: tcpPort } = splitHostPort(connectTo)
        const tcp = await openTcp(host, tcpPort, bound.signal)
        opened.push(tcp.socket)
        phase = 'handshake'
        const secure: Connection['secure'] = async (tls) => {
          const made = await openTls(tcp.socket, { ...serverName(name), host: name, ...tls }, bound.signal)
          opened.push(made.socket)
          return made
        }
        return await look({ secure }, session)
      } catch (error) {
        const tried = `${operation} with ${name} at ${connectTo}`
        const failedAt = phase === 'connect' ? connectTo : address
        if (bound.expired()) throw timeoutFailure(failedAt, tried, limit, phase)
        session.signal.throwIfAborted()
        throw connectionFailure(failedAt, tried, error, phase)
      } finally {
        // The TLS layer before the connection beneath it: the other way round ends node itself (v24.21, SIGSEGV).
        for (const socket of opened.reverse()) socket.destroy()
      }
    },
  }
}

/** The presented certificates, leaf first; a self-signed one is its own issuer and ends the walk. */
function chainOf(socket: TLSSocket): Certificate[] {
  const chain: Certificate[] = []
  for (let x509 = socket.getPeerX509Certificate(); x509 !== undefined; x509 = x509.issuerCertificate) {
    const certificate = describe(x509)
    if (chain.some(({ fingerprint }) => fingerprint === certificate.fingerprint)) break
    chain.push(certificate)
  }
  return chain
}

/** node's type says Error; for failures of the chain it is OpenSSL's code as text. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** How the server refused; @throws what was no refusal of the server: our own library's limits, our own time limit. */
function refusalOf(error: unknown, version: OldTls): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ERR_SSL_NO_PROTOCOLS_AVAILABLE' || code === 'ERR_TLS_PROTOCOL_VERSION_CONFLICT') {
    const text = `this machine's OpenSSL does not speak ${version} itself, so it cannot see whether the server does; look from another machine`
    throw new Unobserved({ id: `no-old-tls:${version}`, text })
  }
  if (code === 'ECONNRESET' || code === 'EPROTO' || code.startsWith('ERR_SSL_')) return `${code}: ${reasonOf(error)}`
  throw error
}

function rawOf({ chain, protocol, cipher, verifyError, remoteAddress }: Presented): string {
  const certificates = chain.map(
    ({ subject, issuer, names, notBefore, notAfter, keyType, keyBits, signatureAlgorithm, fingerprint }, index) =>
      [
        `${index}: subject ${subject}`,
        `   issuer ${issuer}`,
        `   names ${names.join(', ')}`,
        `   valid ${notBefore.toISOString()} to ${notAfter.toISOString()}`,
        `   ${keyType} ${keyBits ?? ''} signed ${signatureAlgorithm}, SHA-256 ${fingerprint}`,
      ].join('\n'),
  )
  const verdict = verifyError === '' ? 'verified' : `not verified: ${verifyError}`
  return [`${remoteAddress} ${protocol} ${cipher}`, verdict, ...certificates].join('\n')
}
