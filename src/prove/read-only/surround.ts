import { readFileSync } from 'node:fs'
import path from 'node:path'
import { createSecureContext, type SecureContext } from 'node:tls'
import { joinHostPort, splitHostPort } from '../../probes/reproduce.ts'
import { withInner } from '../../targets/live/reach.ts'
import type { TargetSpec } from '../../targets/schema.ts'
import { httpWire } from '../wire/http.ts'
import { kafkaWire } from '../wire/kafka.ts'
import { postgresWire } from '../wire/postgres.ts'
import { type Place, type Recorder, startRecorder } from '../wire/recorder.ts'
import { redisWire } from '../wire/redis.ts'
import type { OpenWire } from '../wire/wire.ts'

/** A target of which every address is a recorder's. */
export interface Surrounded extends AsyncDisposable {
  readonly spec: TargetSpec
  readonly recorders: readonly Recorder[]
}

const WIRES: Readonly<Record<string, OpenWire>> = { postgres: postgresWire, redis: redisWire, kafka: kafkaWire }

/**
 * Puts a recorder before every address of a started target: inner ones, the engine's socket, the public names with TLS and
 * without. `directory` takes the sockets; the keys of the public names are read from the services host's tree.
 */
export async function surround(spec: TargetSpec, directory: string): Promise<Surrounded> {
  const before = new Map<string, Recorder>()
  const dispose = async (): Promise<void> => {
    await Promise.all([...before.values()].map((recorder) => recorder[Symbol.asyncDispose]()))
  }
  try {
    for (const { system, address } of addressesOf(spec)) {
      const socket = address.startsWith('/') ? { socket: path.join(directory, `${system}.sock`) } : {}
      const wire = WIRES[system] ?? httpWire
      before.set(address, await startRecorder({ system, upstream: placeOf(address), wire, ...socket }))
    }
    const { port, plainPort } = publicPorts(spec)
    const contextFor = certificates(spec)
    const upstream = { host: '127.0.0.1' }
    const secure = await startRecorder({ system: 'public', upstream: { ...upstream, port }, wire: httpWire, contextFor })
    before.set('public', secure)
    const plain = await startRecorder({ system: 'public, plain', upstream: { ...upstream, port: plainPort }, wire: httpWire })
    before.set('public, plain', plain)
    const near = withInner(spec, (address) => addressOf(before.get(address)?.place) ?? address)
    return {
      spec: withPublicPorts(near, portOf(secure.place), portOf(plain.place)),
      recorders: [...before.values()],
      [Symbol.asyncDispose]: dispose,
    }
  } catch (error) {
    await dispose()
    throw error
  }
}

function addressesOf(spec: TargetSpec): { readonly system: string; readonly address: string }[] {
  const found = new Map<string, { system: string; address: string }>()
  withInner(spec, (address, system) => {
    if (isThere(spec, system)) found.set(address, { system, address })
    return address
  })
  return [...found.values()]
}

function isThere({ parts }: TargetSpec, system: string): boolean {
  const state = parts[system]
  return state === undefined || state === 'optional'
}

/** All public names of a target of this machine share one gateway. */
function publicPorts({ services, gateways, tls }: TargetSpec): { readonly port: number; readonly plainPort: number } {
  const [url] = [...Object.values(services), ...Object.values(gateways)].flatMap((one) => one.public ?? [])
  if (url === undefined) throw new Error('the target has no public address')
  return { port: Number(new URL(url).port), plainPort: tls.plainPort }
}

function withPublicPorts(spec: TargetSpec, port: number, plainPort: number): TargetSpec {
  const moved = (url: string): string => Object.assign(new URL(url), { port: String(port) }).origin
  const services = Object.entries(spec.services).map(([name, service]) => [
    name,
    service.public === undefined ? service : { ...service, public: moved(service.public) },
  ])
  const gateways = Object.entries(spec.gateways).map(([name, one]) => [name, { ...one, public: moved(one.public) }])
  // A broker tells its clients the address that it has; with one broker, whatever it tells is that one.
  const [broker] = spec.kafka?.brokers ?? []
  return {
    ...spec,
    services: Object.fromEntries(services),
    gateways: Object.fromEntries(gateways),
    tls: { ...spec.tls, plainPort },
    ...(spec.kafka !== undefined && broker !== undefined ? { kafka: { ...spec.kafka, overrides: { '*': broker } } } : {}),
  }
}

/** The very certificates that the gateway presents, by public name. */
function certificates(spec: TargetSpec): (name: string) => SecureContext | undefined {
  const root = spec.hosts.services?.root ?? ''
  const read = (directory: string, file: string): string => readFileSync(path.join(root, directory, file), 'utf8')
  const ofService = (name: string): SecureContext => {
    const { certificate = `${name}.crt`, key = `${name}.key` } = spec.services[name] ?? {}
    return createSecureContext({
      minVersion: 'TLSv1.2',
      cert: read(spec.paths.certificates, certificate),
      key: read(spec.paths.keys, key),
    })
  }
  const names = [
    ...Object.entries(spec.services).flatMap(([name, one]) => (one.public === undefined ? [] : [[one.public, name] as const])),
    ...Object.values(spec.gateways).map((one) => [one.public, one.routesTo] as const),
  ]
  const contexts = new Map(names.map(([url, service]) => [new URL(url).hostname, ofService(service)]))
  return (name) => contexts.get(name)
}

function placeOf(address: string): Place {
  return address.startsWith('/') ? { path: address } : splitHostPort(address)
}

function addressOf(place: Place | undefined): string | undefined {
  if (place === undefined) return undefined
  return 'path' in place ? place.path : joinHostPort(place.host, place.port)
}

function portOf(place: Place): number {
  return 'path' in place ? 0 : place.port
}
