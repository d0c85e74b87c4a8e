import { UsageError } from '../../outcome.ts'
import type { TargetSpec } from '../schema.ts'

/** One address that is reached through a host. */
export interface Inner {
  /** Role of that host. */
  readonly role: string
  /** `host:port`, or the path of a socket, as that host sees it. */
  readonly inner: string
}

type Change = (address: string, part: string) => string

/** Every inner address that the target file wants reached through a host, each once for each host. @throws UsageError */
export function innerAddresses(spec: TargetSpec): Inner[] {
  const found = new Map<string, Inner>()
  withInner(spec, (inner, part) => {
    const role = roleOf(spec, part)
    if (role !== undefined) found.set(JSON.stringify([role, inner]), { role, inner })
    return inner
  })
  return [...found.values()]
}

/** The description with the near end of its forward in place of each inner address that has one. */
export function withNearEnds(spec: TargetSpec, nearEnd: (one: Inner) => string | undefined): TargetSpec {
  const changed = withInner(spec, (inner, part) => {
    const role = roleOf(spec, part)
    return (role === undefined ? undefined : nearEnd({ role, inner })) ?? inner
  })
  const { kafka } = changed
  const [broker, ...others] = kafka?.brokers ?? []
  if (kafka === undefined || broker === undefined || roleOf(spec, 'kafka') === undefined) return changed
  // A broker tells its clients the names that it has inside; with one broker, whatever it tells is that one.
  const isAlone = others.length === 0 && kafka.replicationFactor === 1 && Object.keys(kafka.overrides).length === 0
  const told = Object.fromEntries((spec.kafka?.brokers ?? []).map((inner, index) => [inner, kafka.brokers[index] ?? inner]))
  return { ...changed, kafka: { ...kafka, overrides: { ...(isAlone ? { '*': broker } : {}), ...told, ...kafka.overrides } } }
}

function roleOf({ reach, hosts }: TargetSpec, part: string): string | undefined {
  if (reach === undefined) return undefined
  const role = reach.parts[part] ?? reach.through
  if (role === 'direct') return undefined
  const host = hosts[role]
  if (host === undefined) throw new UsageError(`reach: there is no hosts.${role} in the target file`)
  // Someone who sits on the host itself needs no forward.
  return host.shell === 'ssh' ? role : undefined
}

/** The description with every inner address changed, by the part that it belongs to. @throws UsageError */
export function withInner(spec: TargetSpec, change: Change): TargetSpec {
  const { postgres, redis, kafka, prometheus, alertmanager, grafana, docker, services } = spec
  return {
    ...spec,
    services: Object.fromEntries(
      Object.entries(services).map(([name, service]) => [name, { ...service, url: changedUrl(service.url, name, change) }]),
    ),
    ...(postgres === undefined ? {} : { postgres: named(postgres, endChanged(postgres, 'postgres', change)) }),
    ...(redis === undefined ? {} : { redis: named(redis, endChanged(redis, 'redis', change)) }),
    ...(kafka === undefined ? {} : { kafka: kafkaChanged(kafka, change) }),
    ...(prometheus === undefined ? {} : { prometheus: urlChanged(prometheus, 'prometheus', change) }),
    ...(alertmanager === undefined ? {} : { alertmanager: urlChanged(alertmanager, 'alertmanager', change) }),
    ...(grafana === undefined ? {} : { grafana: urlChanged(grafana, 'grafana', change) }),
    ...(docker === undefined ? {} : { docker: dockerChanged(docker, change) }),
  }
}

type Kafka = NonNullable<TargetSpec['kafka']>
type Docker = NonNullable<TargetSpec['docker']>

/** The certificate names the inner host, wherever the connection begins. */
function named<P extends { readonly host: string; readonly serverName?: string | undefined }>(before: P, after: P): P {
  return before.host === after.host ? after : { serverName: before.host, ...after }
}

function kafkaChanged(kafka: Kafka, change: Change): Kafka {
  const overrides = Object.entries(kafka.overrides).map(([told, address]) => [told, change(address, 'kafka')] as const)
  return { ...kafka, brokers: kafka.brokers.map((broker) => change(broker, 'kafka')), overrides: Object.fromEntries(overrides) }
}

function dockerChanged(docker: Docker, change: Change): Docker {
  return 'socket' in docker ? { socket: change(docker.socket, 'docker') } : endChanged(docker, 'docker', change)
}

function endChanged<P extends { readonly host: string; readonly port: number }>(part: P, name: string, change: Change): P {
  const changed = new URL(`tcp://${change(`${part.host.includes(':') ? `[${part.host}]` : part.host}:${part.port}`, name)}`)
  return { ...part, host: changed.hostname.replace(/^\[|\]$/g, ''), port: Number(changed.port) }
}

function urlChanged<P extends { readonly url: string }>(part: P, name: string, change: Change): P {
  return { ...part, url: changedUrl(part.url, name, change) }
}

function changedUrl(text: string, name: string, change: Change): string {
  const url = new URL(text)
  const address = `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`
  const changed = change(address, name)
  if (changed === address) return text
  if (url.protocol === 'https:')
    throw new UsageError(
      `${name}: an inner address with https cannot be reached through ssh; declare reach.parts.${name}: direct`,
    )
  return text.replace(/^(http:\/\/)[^/?#]*/i, `$1${changed}`)
}
