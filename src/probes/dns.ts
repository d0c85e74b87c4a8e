import type { Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import { Unobserved, Unreachable } from '../outcome.ts'
import type { Probe } from '../probe.ts'
import { GRACE_MS } from './deadline.ts'
import { quote, splitHostPort } from './reproduce.ts'

export interface DnsOptions {
  /** The name to ask for. */
  readonly name: string
  /** `address:port` of the resolver to ask; absent: this machine's own. */
  readonly server?: string
  /** Milliseconds; 5,000 by default. */
  readonly deadlineMs?: number
}

export interface DnsRecord {
  readonly address: string
  /** Seconds. */
  readonly ttl: number
}

/** What one resolver says of a name. */
export interface DnsAnswer {
  readonly name: string
  readonly server: string
  /** `no-such-name` (NXDOMAIN), `no-address` (the name exists without A and AAAA), or the resolver's error, are answers too. */
  readonly status: 'found' | 'no-such-name' | 'no-address' | 'server-failure' | 'refused' | 'malformed'
  readonly a: readonly DnsRecord[]
  readonly aaaa: readonly DnsRecord[]
  /** The names that the name is an alias of, in order. */
  readonly aliases: readonly string[]
}

const DEADLINE_MS = 5_000
const MAX_ALIASES = 8

const STATUS: Readonly<Record<string, DnsAnswer['status']>> = {
  ENOTFOUND: 'no-such-name',
  ENODATA: 'no-address',
  ESERVFAIL: 'server-failure',
  EREFUSED: 'refused',
  EFORMERR: 'malformed',
  EBADRESP: 'malformed',
  EBADNAME: 'malformed',
  ENOTIMP: 'malformed',
}

/** Addresses, times to live and aliases of a name, as one resolver answers them; nothing is cached between two looks. */
export function dnsAnswer({ name, server, deadlineMs: limit = DEADLINE_MS }: DnsOptions): Probe<DnsAnswer> {
  const address = server ?? 'the resolver of this machine'
  return {
    kind: 'dns',
    access: {
      system: 'dns',
      address: server === undefined ? 'dns' : `dns://${server}`,
      operation: `A, AAAA, CNAME ${name}`,
      effect: 'read',
      reproduce: dig(name, server),
    },
    deadlineMs: limit + GRACE_MS,
    async read(session) {
      const { Resolver } = await import('node:dns/promises')
      const resolver = new Resolver({ timeout: Math.ceil(limit / 4), tries: 1, maxTimeout: Math.ceil(limit / 4) })
      if (server !== undefined) point(resolver, server)
      const cancel = (): void => resolver.cancel()
      session.signal.addEventListener('abort', cancel)
      try {
        const value = await ask(resolver, name, address)
        return { value, raw: rawOf(value) }
      } finally {
        session.signal.removeEventListener('abort', cancel)
      }
    },
  }
}

/** @throws Unobserved where the server is given by name: finding it would need another resolver. */
function point(resolver: Resolver, server: string): void {
  if (isIP(splitHostPort(server).host) !== 0) {
    resolver.setServers([server])
    return
  }
  const text = `dns.servers names ${server}; give the resolver's address instead`
  throw new Unobserved({ id: `dns:${server}`, text })
}

async function ask(resolver: Resolver, name: string, server: string): Promise<DnsAnswer> {
  const [a, aaaa] = await Promise.all([
    outcome(server, name, () => resolver.resolve4(name, { ttl: true })),
    outcome(server, name, () => resolver.resolve6(name, { ttl: true })),
  ])
  const aliases = await aliasesOf(resolver, name, server)
  const found = a.records.length + aaaa.records.length > 0
  // One family alone may be missing; a failure of the resolver for one of them is still a failure.
  const failure = [a.status, aaaa.status].find((status) => status !== 'found' && status !== 'no-address')
  const status = failure ?? (found ? 'found' : 'no-address')
  return { name, server, status, a: a.records, aaaa: aaaa.records, aliases }
}

async function aliasesOf(resolver: Resolver, name: string, server: string): Promise<string[]> {
  const aliases: string[] = []
  let current = name
  while (aliases.length < MAX_ALIASES) {
    const asked = current
    const { records } = await outcome(server, asked, () => resolver.resolveCname(asked))
    const [next] = records
    if (next === undefined || aliases.includes(next)) break
    aliases.push(next)
    current = next
  }
  return aliases
}

/** The records, or the resolver's no as a status. @throws Unreachable where no resolver answered. */
async function outcome<T>(
  server: string,
  name: string,
  query: () => Promise<T[]>,
): Promise<{ status: DnsAnswer['status']; records: T[] }> {
  try {
    return { status: 'found', records: await query() }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const status = STATUS[code]
    if (status !== undefined) return { status, records: [] }
    if (code === 'ECANCELLED') throw new Unobserved({ id: 'interrupted', text: `the question for ${name} was cut short` })
    const refused = code === 'ECONNREFUSED'
    const advice = refused ? 'start the resolver, or correct dns.servers in the target file' : 'check the way to the resolver'
    const text = `${server} did not answer the question for ${name} (${code || String(error)}); ${advice}`
    throw new Unreachable(server, text, { refused })
  }
}

function dig(name: string, server: string | undefined): string {
  if (server === undefined) return `dig +noall +comments +answer ${quote(name)} A ${quote(name)} AAAA`
  const { host, port } = splitHostPort(server)
  return `dig +noall +comments +answer @${host} -p ${port} ${quote(name)} A ${quote(name)} AAAA`
}

function rawOf({ name, server, status, a, aaaa, aliases }: DnsAnswer): string {
  return [
    `${name} at ${server}: ${status}`,
    ...aliases.map((alias) => `CNAME ${alias}`),
    ...a.map(({ address, ttl }) => `${ttl} A ${address}`),
    ...aaaa.map(({ address, ttl }) => `${ttl} AAAA ${address}`),
  ].join('\n')
}
