import { splitHostPort } from '../../src/probes/reproduce.ts'
import type { Target } from '../../src/targets/target.ts'
import { portOf } from './endpoint.ts'

/** Every port that must stay inside, with what listens there: services, database, broker, Redis, monitoring, exporters. */
export function innerPorts({ services, spec }: Target): Map<number, string> {
  const { postgres, redis, kafka, prometheus, alertmanager, grafana, expect } = spec
  const monitoring = Object.entries({ prometheus, alertmanager, grafana }).flatMap(([name, part]) =>
    part === undefined ? [] : [[portOf(new URL(part.url)), name] as const],
  )
  return new Map([
    ...expect.innerPorts.map((port) => [port, 'an exporter'] as const),
    ...services.map(({ name, url }) => [portOf(new URL(url)), name] as const),
    ...(postgres === undefined ? [] : [[postgres.port, 'postgres'] as const]),
    ...(redis === undefined ? [] : [[redis.port, 'redis'] as const]),
    ...(kafka?.brokers ?? []).map((broker) => [splitHostPort(broker).port, 'kafka'] as const),
    ...monitoring,
  ])
}
