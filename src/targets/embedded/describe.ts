import { reviewedMonitoring } from '../../../fixtures/embedded/index.ts'
import { publicNames } from '../disposable/public-names.ts'
import { loadTarget } from '../load.ts'
import type { TargetSpec } from '../schema.ts'

/** The embedded target as its file describes it: every part, with port 0 where a run has a real one. Connects to nothing. */
export function describeEmbedded(): TargetSpec {
  const spec = loadTarget('embedded')
  return {
    ...spec,
    dns: { ...spec.dns, overrides: overridesOf(spec) },
    expect: { ...spec.expect, reviewed: reviewedMonitoring(spec.paths) },
  }
}

/** Every public name connects to loopback, whatever the machine's own resolver says. */
function overridesOf(spec: TargetSpec): Record<string, string> {
  return { ...Object.fromEntries(publicNames(spec).map((name) => [name, '127.0.0.1'])), ...spec.dns.overrides }
}

/** Where the parts of a run really are. */
export interface Addresses {
  readonly services: Readonly<Record<string, string>>
  readonly gatewayPort: number
  readonly plainPort: number
  readonly dnsServers: readonly string[]
  /** undefined where no PostgreSQL runs here. */
  readonly postgresPort: number | undefined
  readonly caFile: string
  readonly host: { readonly root: string; readonly path: string; readonly owner: string; readonly group: string }
}

/** The description with real addresses in it. */
export function withAddresses(spec: TargetSpec, addresses: Addresses): TargetSpec {
  const { gatewayPort, plainPort, postgresPort, caFile, host } = addresses
  const { postgres, ...rest } = spec
  return {
    ...rest,
    parts: postgresPort === undefined ? { ...spec.parts, postgres: 'none' } : spec.parts,
    hosts: mapValues(spec.hosts, (entry) => ({ ...entry, root: host.root, path: host.path })),
    expect: { ...spec.expect, owner: host.owner, group: host.group },
    services: mapValues(spec.services, (service, name) => ({
      ...service,
      url: addresses.services[name] ?? service.url,
      ...(service.public === undefined ? {} : { public: withPort(service.public, gatewayPort) }),
    })),
    gateways: mapValues(spec.gateways, (gateway) => ({ ...gateway, public: withPort(gateway.public, gatewayPort) })),
    ...(postgres === undefined || postgresPort === undefined ? {} : { postgres: { ...postgres, port: postgresPort } }),
    dns: { ...spec.dns, servers: [...addresses.dnsServers] },
    tls: { ...spec.tls, ca: caFile, plainPort },
  }
}

function withPort(url: string, port: number): string {
  const changed = new URL(url)
  changed.port = String(port)
  return changed.origin
}

function mapValues<V, W>(record: Readonly<Record<string, V>>, change: (value: V, key: string) => W): Record<string, W> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]))
}
