import { publicNames } from '../disposable/public-names.ts'
import { mapValues, withPort } from '../ephemeral/describe.ts'
import type { HostContainer } from '../host-container/index.ts'
import { hostSchema, type TargetSpec } from '../schema.ts'

/** Where the parts of a run really are, before they run. */
export interface HostRunFacts {
  readonly host: Pick<HostContainer, 'ssh'>
  /** Ports of loopback on which the host's gateway is published. */
  readonly gateway: { readonly tls: number; readonly plain: number }
  readonly dnsServers: readonly string[]
  readonly caFile: string
}

/** The description of a host of this run, as a live target's file would have it. */
export function withHost(spec: TargetSpec, { host, gateway, dnsServers, caFile }: HostRunFacts): TargetSpec {
  const overrides = Object.fromEntries(publicNames(spec).map((name) => [name, '127.0.0.1']))
  return {
    ...spec,
    hosts: mapValues(spec.hosts, (entry) => ({ ...entry, address: host.ssh.alias, sshConfig: host.ssh.config })),
    services: mapValues(spec.services, (service) => ({
      ...service,
      ...(service.public === undefined ? {} : { public: withPort(service.public, gateway.tls) }),
    })),
    gateways: mapValues(spec.gateways, (entry) => ({ ...entry, public: withPort(entry.public, gateway.tls) })),
    dns: { ...spec.dns, servers: [...dnsServers], overrides: { ...overrides, ...spec.dns.overrides } },
    tls: { ...spec.tls, ca: caFile, plainPort: gateway.plain },
  }
}

/** The description with a machine outside, to which the public names are the host's own address. */
export function withOutside(
  spec: TargetSpec,
  { host, outside }: { readonly host: Pick<HostContainer, 'address'>; readonly outside: Pick<HostContainer, 'ssh'> },
): TargetSpec {
  const { alias, config } = outside.ssh
  return {
    ...spec,
    dns: { ...spec.dns, expect: [...spec.dns.expect, host.address] },
    expect: { ...spec.expect, vantage: hostSchema.parse({ shell: 'ssh', address: alias, sshConfig: config }) },
  }
}

/** What is known once the stack runs. */
export interface DeployedFacts {
  readonly parts: TargetSpec['parts']
  /** Compose services that run. */
  readonly running: readonly string[]
  readonly jobs: readonly string[]
  /** Service → what its image is pinned by. */
  readonly release: Readonly<Record<string, string>>
  /** Monitoring configuration as reviewed: path → SHA-256. */
  readonly reviewed: Readonly<Record<string, string>>
  /** Rules of the packet filter as reviewed. */
  readonly firewall: readonly string[]
}

export function withDeployed(spec: TargetSpec, { parts, running, jobs, release, reviewed, firewall }: DeployedFacts): TargetSpec {
  const only = <V>(record: Readonly<Record<string, V>>): Record<string, V> =>
    Object.fromEntries(Object.entries(record).filter(([job]) => jobs.includes(job)))
  const { compose, monitoring } = spec
  return {
    ...spec,
    parts: { ...spec.parts, ...parts },
    expect: { ...spec.expect, reviewed: { ...reviewed }, firewall: [...firewall] },
    ...(compose && { compose: { ...compose, services: [...running] } }),
    monitoring: { ...monitoring, jobs: only(monitoring.jobs), up: only(monitoring.up) },
    ...(spec.release && { release: { ...spec.release, services: { ...spec.release.services, ...release } } }),
  }
}
