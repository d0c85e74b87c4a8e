import type { TargetSpec } from '../../targets/schema.ts'

/** The target as a live one's file has it: what the run has found out of its host, and inner addresses as the host itself sees them; `migrations` is the service that is run once. */
export function asLive(spec: TargetSpec, found: TargetSpec, migrations?: string): TargetSpec {
  const { forwarded: _, hosts, ...rest } = found
  const { services, postgres, redis, kafka, prometheus, alertmanager, grafana, docker, monitoring } = spec
  return {
    ...rest,
    forwarded: {},
    parts: { ...rest.parts, ...(typeof rest.expect.vantage === 'object' ? {} : { vantage: 'none' }) },
    monitoring: {
      ...rest.monitoring,
      jobs: only(monitoring.jobs, rest.monitoring.jobs),
      up: only(monitoring.up, rest.monitoring.up),
    },
    hosts: Object.fromEntries(Object.entries(hosts).map(([role, { connection: _connection, ...host }]) => [role, host])),
    services: Object.fromEntries(
      Object.entries(found.services).map(([name, service]) => [name, { ...service, url: services[name]?.url ?? service.url }]),
    ),
    ...(found.compose && { compose: { ...found.compose, ...(migrations === undefined ? {} : { migrations }) } }),
    postgres,
    redis,
    kafka,
    prometheus,
    alertmanager,
    grafana,
    docker,
  }
}

/** A file is laid over the product's defaults: what the run does not have must be taken away from them by name. */
function only(all: Readonly<Record<string, string>>, had: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.keys(all).map((name) => [name, had[name] ?? 'none']))
}
