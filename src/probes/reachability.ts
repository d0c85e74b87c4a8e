import { hostAddress, shellEffect } from '../host/open.ts'
import { Unobserved } from '../outcome.ts'
import type { Probe } from '../probe.ts'
import { type HostSpec, hostSchema } from '../targets/schema.ts'
import { GRACE_MS } from './deadline.ts'
import { keptShell } from './kept-shell.ts'
import { quote, splitHostPort } from './reproduce.ts'

/** What became of one attempt to connect. */
export interface Attempt {
  readonly address: string
  readonly result: 'open' | 'refused' | 'timeout' | 'unresolved' | 'failed'
}

/** Seconds that one attempt may take; they all run at once. */
const ATTEMPT_SECONDS = 5
const DEADLINE_MS = 30_000

/**
 * Tries to connect to `host:port` addresses from another machine, which is reached over ssh. Nothing is sent over a
 * connection that opens.
 * @throws Unreachable where the other machine could not be reached, Unobserved where it has neither bash nor nc
 */
export function connectsFrom(from: string | HostSpec, addresses: readonly string[]): Probe<Attempt[]> {
  const host = typeof from === 'string' ? hostSchema.parse({ shell: 'ssh', address: from }) : from
  const vantage = host.address
  const script = attempts(addresses)
  return {
    kind: 'reachability',
    access: {
      system: 'vantage',
      address: hostAddress(host),
      operation: `connect to ${addresses.length} addresses`,
      effect: shellEffect(host),
      reproduce: `ssh ${quote(vantage)} nc -z -w ${ATTEMPT_SECONDS} HOST PORT   # for ${addresses.join(' ')}`,
    },
    deadlineMs: DEADLINE_MS + GRACE_MS,
    variant: addresses.join(' '),
    async read(session) {
      const shell = await keptShell(session, host)
      const { stdout, stderr } = await shell.run(['sh', '-s'], {
        stdin: script,
        timeoutMs: DEADLINE_MS,
        maxBytes: 256 * 1024,
        signal: session.signal,
      })
      return { value: parseAttempts(stdout, stderr, addresses, vantage), raw: stdout }
    },
  }
}

/** The script that tries every address at once and prints one line for each: address, exit code, what was said. */
export function attempts(addresses: readonly string[]): string {
  const calls = addresses.map((address) => {
    const { host, port } = splitHostPort(address)
    return `try ${quote(address)} ${quote(host)} ${port} &`
  })
  return [
    'if command -v bash >/dev/null 2>&1; then',
    `  try() { said=$(timeout ${ATTEMPT_SECONDS} bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$2" "$3" 2>&1); printf '%s\\t%s\\t%s\\n' "$1" "$?" "$(printf %s "$said" | tr '\\n\\t' '  ')"; }`,
    'elif command -v nc >/dev/null 2>&1; then',
    `  try() { said=$(nc -z -v -w ${ATTEMPT_SECONDS} "$2" "$3" 2>&1); printf '%s\\t%s\\t%s\\n' "$1" "$?" "$(printf %s "$said" | tr '\\n\\t' '  ')"; }`,
    'else',
    '  echo "neither bash nor nc is there" >&2; exit 1',
    'fi',
    ...calls,
    'wait',
    '',
  ].join('\n')
}

/** What the script printed. @throws Unobserved where an address is missing in it. */
export function parseAttempts(stdout: string, stderr: string, addresses: readonly string[], vantage: string): Attempt[] {
  const rows = stdout.split('\n').map((line) => line.split('\t'))
  return addresses.map((address) => {
    const row = rows.find(([first]) => first === address)
    if (row !== undefined) return { address, result: resultOf(row[1] ?? '', row[2] ?? '') }
    const text = `${vantage} did not try ${address} (${stderr.trim() || 'no output'}); install bash or netcat there`
    throw new Unobserved({ id: `vantage:${vantage}`, text })
  })
}

function resultOf(exitCode: string, said: string): Attempt['result'] {
  if (exitCode === '0') return 'open'
  if (exitCode === '124' || /timed? ?out/i.test(said)) return 'timeout'
  if (/refused/i.test(said)) return 'refused'
  return /not known|resolv|name or service|bad address/i.test(said) ? 'unresolved' : 'failed'
}
