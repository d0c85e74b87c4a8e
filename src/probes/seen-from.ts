import { hostAddress, shellEffect } from '../host/open.ts'
import { Unobserved } from '../outcome.ts'
import type { Probe } from '../probe.ts'
import { type HostSpec, hostSchema } from '../targets/schema.ts'
import { GRACE_MS } from './deadline.ts'
import { keptShell } from './kept-shell.ts'
import { quote } from './reproduce.ts'

/** A name as another machine sees it. */
export interface SeenName {
  readonly name: string
  /** What it resolves to there; empty where it does not. */
  readonly addresses: readonly string[]
  /** SHA-256 of the certificate that is presented there, lower-case hex; empty where none was. */
  readonly fingerprint: string
  /** What was said where none was. */
  readonly complaint: string
}

export interface SeenFromOptions {
  /** As accesses name it. */
  readonly system: string
  /** An ssh destination, or a whole host. */
  readonly from: string | HostSpec
  readonly names: readonly { readonly name: string; readonly port: number }[]
}

/** Seconds that one handshake may take; they all run at once. */
const ATTEMPT_SECONDS = 8
const DEADLINE_MS = 30_000
const MAX_BYTES = 256 * 1_024

/** One line a name: name, addresses, certificate's fingerprint, what was said. */
const SCRIPT = `command -v openssl >/dev/null 2>&1 || { echo 'openssl is not there; install it' >&2; exit 1; }
look() {
  addresses=$(getent ahosts "$1" 2>/dev/null | cut -d ' ' -f 1 | sort -u | tr '\\n' ' ')
  said=$(timeout ${ATTEMPT_SECONDS} openssl s_client -connect "$1:$2" -servername "$1" </dev/null 2>&1 || echo "ended with $?")
  print=$(printf '%s\\n' "$said" | openssl x509 -noout -fingerprint -sha256 2>/dev/null)
  printf '%s\\t%s\\t%s\\t%s\\n' "$1" "$addresses" "\${print#*=}" "$(printf %s "$said" | tail -c 300 | tr '\\n\\t' '  ')"
}
`

/**
 * Resolves public names on another machine and lets it begin TLS with each, so that another view of the same names shows. Nothing is
 * sent over a connection that opens.
 * @throws Unreachable where that machine could not be reached, Unobserved where it has no openssl
 */
export function seenFrom({ system, from, names }: SeenFromOptions): Probe<SeenName[]> {
  const host = typeof from === 'string' ? hostSchema.parse({ shell: 'ssh', address: from }) : from
  const looks = names.map(({ name, port }) => `look ${quote(name)} ${port} &`)
  const told = names.map(({ name, port }) => `${name}:${port}`).join(' ')
  return {
    kind: 'seen-from',
    access: {
      system,
      address: hostAddress(host),
      operation: `resolve and greet ${told}`,
      effect: shellEffect(host),
      reproduce: `ssh ${quote(host.address)} openssl s_client -connect NAME:PORT -servername NAME   # for ${told}`,
    },
    deadlineMs: DEADLINE_MS + GRACE_MS,
    variant: told,
    async read(session) {
      const shell = await keptShell(session, host)
      const { stdout, stderr } = await shell.run(['sh', '-s'], {
        stdin: `${SCRIPT}${looks.join('\n')}\nwait\n`,
        timeoutMs: DEADLINE_MS,
        maxBytes: MAX_BYTES,
        signal: session.signal,
      })
      return { value: names.map(({ name }) => seenIn(stdout, stderr, name, host.address)), raw: stdout }
    },
  }
}

/** What the script printed of a name. @throws Unobserved where it printed nothing of it */
function seenIn(stdout: string, stderr: string, name: string, place: string): SeenName {
  const row = stdout.split('\n').find((line) => line.startsWith(`${name}\t`))
  if (row === undefined) {
    const text = `${place} did not look at ${name}: ${stderr.trim().slice(0, 300) || 'no output'}`
    throw new Unobserved({ id: `seen-from:${place}`, text })
  }
  const [, addresses = '', fingerprint = '', said = ''] = row.split('\t')
  const isPrint = /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/i.test(fingerprint)
  return {
    name,
    addresses: addresses.split(' ').filter((address) => address !== ''),
    fingerprint: isPrint ? fingerprint.replaceAll(':', '').toLowerCase() : '',
    complaint: isPrint ? '' : said.trim() || 'nothing was presented',
  }
}
