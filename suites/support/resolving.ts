import { isIP } from 'node:net'
import { NotApplicable } from '../../src/outcome.ts'
import type { Probe } from '../../src/probe.ts'
import { type DnsAnswer, dnsAnswer } from '../../src/probes/dns.ts'
import type { Target } from '../../src/targets/target.ts'

/** Every public name as every resolver of the target answers it; where the target names none, this machine's own resolver. */
export function publicNames(target: Target): Probe<DnsAnswer>[] {
  const names = [...new Set(target.endpoints.map(({ url }) => url.hostname))].filter((name) => isIP(name) === 0)
  if (names.length === 0) throw new NotApplicable(`target ${target.name} has no public names`)
  const servers = target.spec.dns.servers.length === 0 ? [undefined] : target.spec.dns.servers
  return names.flatMap((name) => servers.map((server) => dnsAnswer(server === undefined ? { name } : { name, server })))
}

/** All addresses of an answer, sorted. */
export function addressesOf({ a, aaaa }: DnsAnswer): string[] {
  return [...a, ...aaaa].map(({ address }) => address).sort()
}
