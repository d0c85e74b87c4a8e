import { once } from 'node:events'
import net from 'node:net'
import type { EmbeddedControl } from '../targets/embedded/index.ts'
import { answerOf, DATABASE_SQL, type Fingerprint, orSilent, treeOf } from './fingerprint.ts'

/** Takes the fingerprint of an embedded target. */
export async function embeddedFingerprint(control: EmbeddedControl): Promise<Fingerprint> {
  const { gateway, dns, services, events, spec } = control
  return {
    ...(await treeOf(control.root, {
      left: `${spec.paths.application}/logs/services`,
      aged: [`${spec.paths.secrets}/`, '/var/lib/'],
    })),
    'gateway settings': gateway.settings(),
    'gateway routes': gateway.routes(),
    'gateway answers': await answerOf(`http://127.0.0.1:${gateway.plainPort}/`),
    ...Object.fromEntries(
      dns.map((server, index) => [`name server ${index}`, server.isAnswering() ? sorted(server.records()) : 'silent']),
    ),
    ...Object.fromEntries(Object.entries(services).map(([name, service]) => [name, service.running()?.behaviour() ?? 'stopped'])),
    ...Object.fromEntries(await Promise.all(Object.keys(services).map((name) => healthOf(control, name)))),
    events: await events.isHealthy(),
    database: await orSilent(() => describeDatabase(control)),
  }
}

/** In an order of their own: a name that was taken away and put back stands last. */
function sorted(records: Readonly<Record<string, unknown>>): unknown {
  return Object.entries(records).sort(([one], [other]) => one.localeCompare(other))
}

/** How a service answers whoever asks for its health without a key; a pool of its own may need a moment after its database is back. */
async function healthOf({ spec, services }: EmbeddedControl, name: string): Promise<readonly [string, unknown]> {
  const key = `health of ${name}`
  const service = services[name]
  if (service?.running() === undefined) return [key, 'stopped']
  const { health, balancerPath = health } = spec.services[name] ?? { health: '/' }
  return [key, await answerOf(`http://127.0.0.1:${service.port}${balancerPath}`)]
}

async function listens(port: number): Promise<boolean> {
  const socket = net.connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function describeDatabase(control: EmbeddedControl): Promise<unknown> {
  const { postgres } = control
  if (postgres === undefined || !(await listens(postgres.port))) return 'stopped'
  return control.sql(DATABASE_SQL, [])
}
