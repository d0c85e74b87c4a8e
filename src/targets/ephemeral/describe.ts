import { publicNames } from '../disposable/public-names.ts'
import type { TargetSpec } from '../schema.ts'
import type { PortPair } from './compose-file.ts'
import type { Engine } from './engine.ts'

/** Where the parts of a run really are. */
export interface RunFacts {
  readonly engine: Pick<Engine, 'spec'>
  readonly project: string
  /** Part → the pairs of its published ports; parts that run only. */
  readonly ports: Readonly<Record<string, readonly PortPair[]>>
  readonly gateway: { readonly tls: number; readonly plain: number }
  readonly dnsServers: readonly string[]
  readonly caFile: string
  readonly host: { readonly root: string; readonly path: string; readonly owner: string; readonly group: string }
  /** Monitoring configuration as reviewed: path → SHA-256. */
  readonly reviewed: Readonly<Record<string, string>>
  readonly jobs: readonly string[]
  /** Parts that do not run: left out by name, or failed with a reason. */
  readonly parts: TargetSpec['parts']
  /** Service → what its image is pinned by. */
  readonly release: Readonly<Record<string, string>>
}

/** The description of the target with the addresses of a run in it. */
export function withRunFacts(spec: TargetSpec, facts: RunFacts): TargetSpec {
  const { gateway, host, ports, engine } = facts
  const portOf = (part: string): number => ports[part]?.[0]?.host ?? 0
  const url = (part: string): string => `http://127.0.0.1:${portOf(part)}`
  const overrides = Object.fromEntries(publicNames(spec).map((name) => [name, '127.0.0.1']))
  const only = <V>(record: Readonly<Record<string, V>>): Record<string, V> =>
    Object.fromEntries(Object.entries(record).filter(([job]) => facts.jobs.includes(job)))
  return {
    ...spec,
    parts: { ...spec.parts, ...facts.parts },
    hosts: mapValues(spec.hosts, (entry) => ({ ...entry, root: host.root, path: host.path })),
    expect: { ...spec.expect, owner: host.owner, group: host.group, reviewed: { ...facts.reviewed } },
    services: mapValues(spec.services, (service, name) => ({
      ...service,
      url: url(service.container ?? name),
      ...(service.public === undefined ? {} : { public: withPort(service.public, gateway.tls) }),
    })),
    gateways: mapValues(spec.gateways, (entry) => ({ ...entry, public: withPort(entry.public, gateway.tls) })),
    ...(spec.postgres && { postgres: { ...spec.postgres, port: portOf('postgres') } }),
    ...(spec.redis && { redis: { ...spec.redis, port: portOf('redis') } }),
    ...(spec.kafka && { kafka: { ...spec.kafka, brokers: [`127.0.0.1:${portOf('kafka')}`] } }),
    ...(spec.prometheus && { prometheus: { url: url('prometheus') } }),
    ...(spec.alertmanager && { alertmanager: { url: url('alertmanager') } }),
    ...(spec.grafana && { grafana: { ...spec.grafana, url: url('grafana') } }),
    docker: engine.spec,
    ...(spec.compose && { compose: { ...spec.compose, project: facts.project, services: Object.keys(ports) } }),
    dns: { ...spec.dns, servers: [...facts.dnsServers], overrides: { ...overrides, ...spec.dns.overrides } },
    tls: { ...spec.tls, ca: facts.caFile, plainPort: gateway.plain },
    monitoring: { ...spec.monitoring, jobs: only(spec.monitoring.jobs), up: only(spec.monitoring.up) },
    ...(spec.release && { release: { ...spec.release, services: { ...spec.release.services, ...facts.release } } }),
  }
}

export function withPort(url: string, port: number): string {
  const changed = new URL(url)
  changed.port = String(port)
  return changed.origin
}

export function mapValues<V, W>(record: Readonly<Record<string, V>>, change: (value: V, key: string) => W): Record<string, W> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]))
}
