import { isIP } from 'node:net'
import { joinHostPort } from '../../src/probes/reproduce.ts'
import type { Target } from '../../src/targets/target.ts'
import { innerPorts } from './inner-ports.ts'

/** Every inner port at every address by which the outside knows the hosts: their own names, and the load balancer's addresses. */
export function outsideAddresses(target: Target): string[] {
  const own = target.hosts.filter(({ shell }) => shell === 'ssh').map(({ address }) => address.replace(/^.*@/, ''))
  const known = [...new Set([...own, ...target.spec.dns.expect])].filter((host) => host.includes('.') || isIP(host) !== 0)
  return known.flatMap((host) => [...innerPorts(target).keys()].map((port) => joinHostPort(host, port)))
}
