import { Unobserved, Unreachable } from '../outcome.ts'

/** How far a connection had come when it broke. */
export type Phase = 'connect' | 'handshake' | 'request' | 'answer'

/** What each error code means to an operator: whether the target itself said no, what happened, what to do. */
const MEANINGS: Readonly<Record<string, readonly [refused: boolean, meaning: string, advice: string]>> = {
  ECONNREFUSED: [true, 'the connection was refused', 'start what should listen there, or correct the address in the target file'],
  ECONNRESET: [true, 'the connection was reset', 'read the log of what listens there'],
  ECONNABORTED: [true, 'what came was no answer, so the connection was broken off', 'check what listens there, and its log'],
  EPIPE: [true, 'the connection was closed while we were sending', 'read the log of what listens there'],
  ENOTFOUND: [true, 'the name does not exist', 'create the DNS record, or correct the name in the target file'],
  EHOSTUNREACH: [false, 'there is no route to the host', 'check the network, the VPN and the firewall between here and there'],
  ENETUNREACH: [false, 'there is no route to the network', 'check the network, the VPN and the firewall between here and there'],
  ETIMEDOUT: [false, 'nothing answered in time', 'check the network, the VPN and the firewall between here and there'],
  EAI_AGAIN: [false, 'the name server of this machine did not answer', "check this machine's own resolver"],
  EADDRNOTAVAIL: [
    false,
    'this machine has no local address left to connect from',
    'wait for connections to close, or use another machine',
  ],
  EMFILE: [false, 'this process may open no more files', 'raise `ulimit -n` on the observing machine'],
  ENFILE: [false, 'this machine may open no more files', 'raise fs.file-max on the observing machine'],
  EACCES: [false, 'this account may not connect there', 'run as an account that may'],
  EPERM: [false, 'a local rule forbids the connection', 'check the firewall of the observing machine'],
}

const IN_VAIN = {
  connect: [
    false,
    'nothing answered the attempt to connect',
    'check the network, the VPN and the firewall between here and there',
  ],
  handshake: [true, 'the connection was accepted but the TLS handshake never finished', 'check that TLS is spoken on that port'],
  request: [true, 'the connection was accepted but no answer began', 'read the log of what listens there: it may hang'],
  answer: [true, 'the answer began but never ended', 'read the log of what listens there: it may hang'],
} as const

/** The codes of an error, its causes and its members (happy eyeballs tries several addresses), outermost first. */
function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return []
  const code: unknown = 'code' in error ? error.code : undefined
  const members: unknown[] = error instanceof AggregateError ? error.errors : []
  return [...(typeof code === 'string' ? [code] : []), ...members.flatMap(codesOf), ...codesOf(error.cause)]
}

/** The texts of an error and its causes: an AggregateError's own message is empty. */
function textOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(textOf).join('; ')
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${textOf(error.cause)}` : error.message
}

/** What node says of a certificate, and of a handshake, that came to nothing; a client may not tell that from connecting. */
const UNBELIEVED =
  /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_\w+|ERR_TLS_CERT_ALTNAME_INVALID)$/
const NO_HANDSHAKE = /^(?:ERR_SSL_\w+|EPROTO)$/

function meaningOf(error: unknown, phase: Phase): readonly [boolean, string, string] {
  for (const code of codesOf(error)) {
    const known = MEANINGS[code]
    if (known !== undefined) return known
    if (phase === 'handshake') continue
    if (UNBELIEVED.test(code))
      return [true, 'its certificate is not believed', 'renew it, or give `ca` or `serverName` in the target file']
    if (NO_HANDSHAKE.test(code)) return [true, 'no TLS came about', 'check that TLS is spoken there, and in which versions']
  }
  if (phase === 'handshake') return [true, 'the TLS handshake failed', 'check certificate, CA and protocol versions on that port']
  if (phase === 'connect') return [false, 'no connection came about', 'check the address in the target file']
  return [true, 'the answer was broken off or was not understood', 'check what listens on that port, and its log']
}

/**
 * Turns whatever a connection threw into an Unreachable that says what was tried, what came back and what to do.
 * An error that is one already passes through.
 */
export function connectionFailure(address: string, tried: string, error: unknown, phase: Phase): Unobserved {
  if (error instanceof Unobserved) return error
  const [refused, meaning, advice] = meaningOf(error, phase)
  return new Unreachable(address, `${tried}: ${meaning} (${textOf(error)}); ${advice}`, { refused })
}

/** The Unreachable of a wait in vain: after `connect` the target has taken the connection and owes an answer. */
export function timeoutFailure(address: string, tried: string, ms: number, phase: Phase): Unreachable {
  const [refused, meaning, advice] = IN_VAIN[phase]
  return new Unreachable(address, `${tried}: ${meaning} within ${ms} ms; ${advice}`, { refused, hung: refused })
}
