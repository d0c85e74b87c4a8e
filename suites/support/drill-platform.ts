import { createHash } from 'node:crypto'
import type { Behaviour } from '../../fixtures/services/behaviour.ts'
import { createEventLog, REFERENCE_SERVICES, type RunningService } from '../../fixtures/services/index.ts'
import type { DatabaseConnection } from '../../src/procedures/database.ts'
import type { BadRelease } from '../../src/procedures/drills.ts'
import type { Release } from '../../src/procedures/platform.ts'
import type { StagePlatform } from './drill-stage.ts'

/** The services of a release, in the order in which they start. */
export const SERVICES = Object.keys(REFERENCE_SERVICES)
const SLOW_MS = 300
/** What a leaking release keeps of each hook: some seconds of a canary fill what a small container may take. */
const LEAKED_BYTES = 512 * 1_024

export interface ReferencePlatformOptions {
  readonly database: DatabaseConnection
  readonly apiKey: string
  readonly migrate: (release: Release) => Promise<void>
  readonly signal: AbortSignal
}

/** A platform that runs releases of the reference services in this process: an image is a service with one behaviour. */
export interface ReferencePlatform extends StagePlatform {
  /** Adds a release's images to the host. */
  load(name: string, version: string, behaviourOf: (service: string) => Behaviour): Release
  close(): Promise<void>
}

interface Image {
  readonly version: string
  readonly behaviour: Behaviour
}

export function referencePlatform(options: ReferencePlatformOptions): ReferencePlatform {
  const images = new Map<string, Image>()
  const instances = new Map<string, { readonly digest: string; readonly service: RunningService }>()
  const stop = async (service: string): Promise<void> => {
    const instance = instances.get(service)
    instances.delete(service)
    await instance?.service.stop()
  }
  return {
    groups: { infrastructure: [], services: SERVICES, monitoring: [], gateway: [] },
    load(name, version, behaviourOf) {
      const digests = SERVICES.map((service) => {
        const image = { version, behaviour: behaviourOf(service) }
        const digest = `sha256:${createHash('sha256')
          .update(JSON.stringify([service, image]))
          .digest('hex')}`
        images.set(digest, image)
        return [service, digest] as const
      })
      return { name, images: Object.fromEntries(digests) }
    },
    url: (service) => instances.get(service)?.service.url,
    hasImage: async (digest) => images.has(digest),
    async fetchImage(digest) {
      throw new Error(`there is no registry to fetch ${digest} from`)
    },
    async start(service, digest) {
      if (instances.get(service)?.digest === digest) return
      const image = images.get(digest)
      if (image === undefined) throw new Error(`image ${digest} is not on this host`)
      await stop(service)
      instances.set(service, { digest, service: await launch(service, image, options) })
    },
    stop,
    running: async () => Object.fromEntries([...instances].map(([service, { digest }]) => [service, digest])),
    ailment: (service) => ailment(instances.get(service)?.service, service, options),
    migrate: options.migrate,
    frontDoorProblem: () => ailment(instances.get('hook-receiver')?.service, 'hook-receiver', options),
    async close() {
      await Promise.all(SERVICES.map(stop))
    },
  }
}

/** In which way a service of a bad release misbehaves; the migration is the stage's matter. */
export function badBehaviour(badRelease: BadRelease, service: string): Behaviour {
  const kinds: Readonly<Record<BadRelease, Behaviour>> = {
    'corrupting migration': { kind: 'healthy' },
    'stores nothing': { kind: 'acceptsWithoutStoring' },
    'never healthy': { kind: 'neverHealthy' },
    slow: { kind: 'slow', ms: SLOW_MS },
    'leaks memory': { kind: 'leaks', bytes: LEAKED_BYTES },
  }
  return service === 'hook-receiver' ? kinds[badRelease] : { kind: 'healthy' }
}

function launch(
  service: string,
  { version, behaviour }: Image,
  { database, apiKey }: ReferencePlatformOptions,
): Promise<RunningService> {
  const start = REFERENCE_SERVICES[service]
  if (start === undefined) throw new Error(`there is no reference service ${service}`)
  const { host, port, user, password, database: name } = database
  return start({
    apiKey,
    version,
    behaviour,
    database: { connection: { host, port, user, password, database: name, max: 4 } },
    events: createEventLog(),
    topicPrefix: 'drill.',
  })
}

async function ailment(
  instance: RunningService | undefined,
  service: string,
  { apiKey, signal }: ReferencePlatformOptions,
): Promise<string | undefined> {
  return instance === undefined ? 'does not run' : unhealthiness(instance.url, service, apiKey, signal)
}

/** What is wrong with a service by its own account; undefined where it says that it is healthy. @throws where it does not answer. */
export async function unhealthiness(
  url: string,
  service: string,
  apiKey: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const path = service === 'model-metrics' ? '/lab/health' : '/health'
  const response = await fetch(`${url}${path}`, { headers: { 'x-api-key': apiKey }, signal })
  const text = await response.text()
  return response.status === 200 && text.includes('"status":"healthy"')
    ? undefined
    : `answers ${response.status} ${text.slice(0, 200)}`
}
