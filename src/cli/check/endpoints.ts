import { splitHostPort } from '../../probes/reproduce.ts'
import type { TargetSpec } from '../../targets/schema.ts'

/** An address in a target file that is connected to. */
export interface Endpoint {
  readonly part: string
  readonly address: string
  readonly connect:
    | { readonly how: 'tcp'; readonly host: string; readonly port: number }
    | { readonly how: 'tls'; readonly host: string; readonly port: number; readonly name: string }
    | { readonly how: 'socket'; readonly path: string }
    | { readonly how: 'dns'; readonly server: string; readonly name: string }
}

/** Every address that the file names, its hosts apart, each once. */
export function endpointsOf(spec: TargetSpec): Endpoint[] {
  const all = [...servicesOf(spec), ...publicOf(spec), ...dataOf(spec), ...monitoringOf(spec), ...dockerOf(spec), ...dnsOf(spec)]
  return all.filter(({ part }) => spec.parts[part.split('.').at(-1) ?? ''] !== 'none' && spec.parts[part] !== 'none')
}

function servicesOf({ services }: TargetSpec): Endpoint[] {
  return Object.entries(services).map(([name, { url }]) => urlEndpoint(`services.${name}`, url, {}))
}

/** Public names are connected to where `dns.overrides` says. */
function publicOf({ services, gateways, dns }: TargetSpec): Endpoint[] {
  const all = [...Object.entries(services), ...Object.entries(gateways)]
  return all.flatMap(([name, { public: url }]) => (url === undefined ? [] : [urlEndpoint(`public.${name}`, url, dns.overrides)]))
}

function dataOf({ postgres, redis, kafka }: TargetSpec): Endpoint[] {
  return [
    ...(postgres === undefined ? [] : [hostPort('postgres', postgres.host, postgres.port)]),
    ...(redis === undefined ? [] : [hostPort('redis', redis.host, redis.port)]),
    ...(kafka?.brokers ?? []).map((broker) => {
      const { host, port } = splitHostPort(kafka?.overrides[broker] ?? broker)
      return { ...hostPort('kafka', host, port), address: broker }
    }),
  ]
}

function monitoringOf(spec: TargetSpec): Endpoint[] {
  return (['prometheus', 'alertmanager', 'grafana'] as const).flatMap((part) => {
    const described = spec[part]
    return described === undefined ? [] : [urlEndpoint(part, described.url, {})]
  })
}

function dockerOf({ docker }: TargetSpec): Endpoint[] {
  if (docker === undefined) return []
  if ('socket' in docker) return [{ part: 'docker', address: docker.socket, connect: { how: 'socket', path: docker.socket } }]
  return [hostPort('docker', docker.host, docker.port)]
}

function dnsOf({ dns, services }: TargetSpec): Endpoint[] {
  const url = Object.values(services).find((service) => service.public !== undefined)?.public
  if (url === undefined) return []
  const name = new URL(url).hostname
  return dns.servers.map((server) => ({ part: 'dns', address: server, connect: { how: 'dns', server, name } }))
}

function urlEndpoint(part: string, url: string, overrides: Readonly<Record<string, string>>): Endpoint {
  const { protocol, hostname, port, host: address } = new URL(url)
  const name = hostname.replace(/^\[|\]$/g, '')
  const host = overrides[hostname] ?? name
  if (protocol === 'https:') return { part, address, connect: { how: 'tls', host, port: Number(port || 443), name } }
  return { ...hostPort(part, host, Number(port || 80)), address }
}

function hostPort(part: string, host: string, port: number): Endpoint {
  return { part, address: `${host.includes(':') ? `[${host}]` : host}:${port}`, connect: { how: 'tcp', host, port } }
}
