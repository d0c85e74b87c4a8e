import { innerAddress } from '../../src/forwarded.ts'
import { joinHostPort, splitHostPort } from '../../src/probes/reproduce.ts'
import type { Target } from '../../src/targets/target.ts'
import { portOf } from './endpoint.ts'

/** Every port that must stay inside, with what listens there: services, database, broker, Redis, monitoring, exporters. */
export function innerPorts({ services, spec }: Target): Map<number, string> {
  const { postgres, redis, kafka, prometheus, alertmanager, grafana, expect } = spec
  const port = (address: string): number => splitHostPort(innerAddress(spec.forwarded, address)).port
  const monitoring = Object.entries({ prometheus, alertmanager, grafana }).flatMap(([name, part]) =>
    part === undefined ? [] : [[innerPort(spec, part.url), name] as const],
  )
  return new Map([
    ...expect.innerPorts.map((port) => [port, 'an exporter'] as const),
    ...services.map(({ name, url }) => [innerPort(spec, url), name] as const),
    ...(postgres === undefined ? [] : [[port(joinHostPort(postgres.host, postgres.port)), 'postgres'] as const]),
    ...(redis === undefined ? [] : [[port(joinHostPort(redis.host, redis.port)), 'redis'] as const]),
    ...(kafka?.brokers ?? []).map((broker) => [port(broker), 'kafka'] as const),
    ...monitoring,
  ])
}

/** The port of an inner URL as the hosts see it: a run may reach it through a forward whose near end has another. */
export function innerPort({ forwarded }: Target['spec'], text: string): number {
  const url = new URL(text)
  return splitHostPort(innerAddress(forwarded, joinHostPort(url.hostname, portOf(url)))).port
}
