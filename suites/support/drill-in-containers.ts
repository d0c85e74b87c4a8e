import type Dockerode from 'dockerode'
import { deriveImage } from '../../src/images/derive.ts'
import { modelOf } from '../../src/procedures/containers/model.ts'
import { ContainerServices } from '../../src/procedures/containers/services.ts'
import { type DatabaseConnection, quoted, withDatabase } from '../../src/procedures/database.ts'
import type { DrillGround, DrillPace, DrillStage, StageContext } from '../../src/procedures/drill-stage.ts'
import type { DrillPlan } from '../../src/procedures/drills.ts'
import type { Release } from '../../src/procedures/platform.ts'
import { databaseKilled, diskFull, type RollbackTrouble } from '../../src/procedures/rollback-trouble.ts'
import type { TargetSpec } from '../../src/targets/schema.ts'
import { until } from '../../src/wait.ts'
import { lookAtDrill } from './drill-look.ts'
import { badBehaviour, SERVICES, unhealthiness } from './drill-platform.ts'
import { migrate, RELEASES, type StagePlatform, seed, stageOf } from './drill-stage.ts'
import { openDrillStores } from './drill-stores.ts'

/** Containers take seconds where functions take milliseconds, on a busy machine many. */
const PACE: DrillPace = { canaryMs: 40, readyMs: 90_000, badReadyMs: 90_000, noticeMs: 20_000, tokensMs: 30_000 }
/** For the one that never is healthy: when its deploy is given up is all that this decides. */
const GIVEN_UP_MS = 10_000
const DATABASE = 'postgres'
/** What each service may take: small enough for a leak to be ended by the kernel within seconds. */
const MEMORY = 224 * 1_024 ** 2
/** The disk that is too small for what is restored onto it. */
const SMALL_DISK = '/var/lib/small-disk'
const SMALL_DISK_SIZE = '8m'
const ANSWERS_WITHIN_MS = 60_000
const POLL_MS = 100

export interface ContainerGroundOptions {
  readonly docker: Dockerode
  readonly spec: TargetSpec
  readonly secrets: {
    readonly apiKey: string
    readonly postgres: string
    readonly redis: string
  }
  readonly plan: DrillPlan
  /** Names containers, topics and keys. */
  readonly name: string
  readonly signal: AbortSignal
}

/**
 * A drill in containers of its own, on the network of the stack and made after its services: the image and the limits are theirs, the
 * database server is the drill's own, the brokers are the stack's.
 */
export async function groundInContainers(options: ContainerGroundOptions): Promise<DrillGround> {
  const { docker, spec, plan, name, signal, secrets } = options
  const model = spec.compose?.project ?? ''
  const project = `${model}-${name}`
  const own: Record<string, string> = {}
  const services: ContainerServices = new ContainerServices({
    docker,
    model,
    project,
    prefix: name,
    environmentOf: (service) => (service === DATABASE ? {} : { ...environmentOf(services.alias(DATABASE), name), ...own }),
    memoryOf: (service) => (service === DATABASE ? undefined : MEMORY),
    tmpfsOf: (service) => (service === DATABASE && plan.trouble === 'disk full during restore' ? smallDisk : {}),
  })
  try {
    const server = await modelOf(docker, model, DATABASE)
    await services.start(DATABASE, server.image)
    const admin = {
      host: '127.0.0.1',
      port: services.port(DATABASE) ?? 0,
      database: 'postgres',
      user: server.environment.POSTGRES_USER ?? DATABASE,
      password: server.environment.POSTGRES_PASSWORD ?? '',
    }
    await answering(admin, signal)
    const { user = 'postgres' } = spec.postgres ?? {}
    const application = { host: admin.host, port: admin.port, user, password: secrets.postgres }
    await makeRole(admin, application)
    return {
      admin,
      application,
      setStage: (context) => {
        own.POSTGRES_DB = context.application.database
        return setStage(options, services, project, context)
      },
      close: () => services.close(),
    }
  } catch (error) {
    await services.close()
    throw error
  }
}

const smallDisk = { [SMALL_DISK]: `size=${SMALL_DISK_SIZE},mode=0777` }

/** What the services of a drill are told otherwise than those of the stack. */
function environmentOf(host: string, name: string): Record<string, string> {
  return { POSTGRES_HOST: host, POSTGRES_PORT: '5432', TOPIC_PREFIX: `${name}.`, KEY_PREFIX: `${name}.`, POOL_SIZE: '4' }
}

async function setStage(
  { docker, spec, secrets, name }: ContainerGroundOptions,
  services: ContainerServices,
  project: string,
  context: StageContext,
): Promise<DrillStage> {
  const { application, admin, plan, directory, signal } = context
  await seed(context)
  await using opening = new AsyncDisposableStack()
  const redis = spec.redis && { ...spec.redis, password: secrets.redis }
  const places = { kafka: spec.kafka, redis, prefix: `${name}.`, actions: [spec.synthetic.action] }
  const stores = await openDrillStores(places, signal)
  opening.defer(() => stores.close())
  const derived: string[] = []
  opening.defer(() => removeImages(docker, derived))
  const imagesOf = async (image: (service: string) => Promise<string>): Promise<Record<string, string>> =>
    Object.fromEntries(
      await Promise.all([DATABASE, ...SERVICES].map(async (service) => [service, await image(service)] as const)),
    )
  const own = async (service: string): Promise<string> => (await services.model(service)).image
  const good: Release = { name: RELEASES.good, images: await imagesOf(own) }
  const broken = async (service: string): Promise<string> => {
    const { image, labels } = await services.model(service)
    if (service === DATABASE) return image
    const environment = { SERVICE_VERSION: '2.0.0', REFERENCE_BEHAVIOUR: JSON.stringify(badBehaviour(plan.badRelease, service)) }
    const tag = `localhost/${project}/${service}:2.0.0`
    derived.push(tag)
    return deriveImage(docker, { from: image, name: tag, environment, labels, directory, signal })
  }
  const bad: Release = { name: RELEASES.bad, images: await imagesOf(broken) }
  const url = (service: string): string | undefined => {
    const port = services.port(service)
    return port === undefined ? undefined : `http://127.0.0.1:${port}`
  }
  const platform = platformOf({ services, url, apiKey: secrets.apiKey, context, admin })
  const opened = opening.move()
  return stageOf(
    {
      platform,
      good,
      bad,
      apiKey: secrets.apiKey,
      pace: plan.badRelease === 'never healthy' ? { ...PACE, badReadyMs: GIVEN_UP_MS } : PACE,
      stores: stores.stores,
      trouble: await troubleOf(plan, services, context),
      look: (kind, schemaVersion) =>
        lookAtDrill(kind, {
          spec,
          secrets: { apiKey: secrets.apiKey, 'postgres.password': secrets.postgres, 'redis.password': secrets.redis },
          urls: Object.fromEntries(SERVICES.flatMap((service) => (url(service) ? [[service, url(service) ?? '']] : []))),
          database: application,
          topicPrefix: `${name}.`,
          project,
          schemaVersion,
          signal,
        }),
      async close() {
        // The services first: what they still write is deleted with the rest.
        for (const service of SERVICES) await services.stop(service)
        await opened.disposeAsync()
      },
    },
    context,
  )
}

interface PlatformParts {
  readonly services: ContainerServices
  readonly url: (service: string) => string | undefined
  readonly apiKey: string
  readonly context: StageContext
  readonly admin: DatabaseConnection
}

function platformOf({ services, url, apiKey, context, admin }: PlatformParts): StagePlatform {
  const { signal } = context
  const ailment = async (service: string): Promise<string | undefined> => {
    const found = await services.ailment(service)
    const at = url(service)
    if (found !== undefined || at === undefined) return found ?? 'does not run'
    if (service === DATABASE) return withDatabase(admin, async () => undefined)
    // Not to answer is an ailment, too: the container runs and listens to nobody yet.
    const [answer] = await Promise.allSettled([unhealthiness(at, service, apiKey, signal)])
    return answer.status === 'fulfilled' ? answer.value : `gives no answer: ${String(answer.reason)}`
  }
  return {
    groups: { infrastructure: [DATABASE], services: SERVICES, monitoring: [], gateway: [] },
    hasImage: (image) => services.hasImage(image),
    async fetchImage(image) {
      throw new Error(`image ${image} was made here, and no registry has it`)
    },
    start: (service, image) => services.start(service, image),
    stop: (service) => services.stop(service),
    running: () => services.running(),
    ailment,
    migrate: (release) => migrate(release, context),
    frontDoorProblem: () => ailment('hook-receiver'),
    url,
  }
}

async function troubleOf(
  { trouble }: DrillPlan,
  services: ContainerServices,
  { admin, application, signal }: StageContext,
): Promise<RollbackTrouble | undefined> {
  if (trouble === undefined) return undefined
  if (trouble === 'database killed during restore')
    return databaseKilled(admin, {
      kill: () => services.kill(DATABASE),
      async revive() {
        await services.revive(DATABASE)
        await answering(admin, signal)
      },
    })
  await services.run(DATABASE, ['chown', 'postgres', SMALL_DISK])
  return diskFull(admin, application.database, SMALL_DISK)
}

/** A server that was just started answers inside its container before it answers here. */
async function answering(admin: DatabaseConnection, signal: AbortSignal): Promise<void> {
  const [last] = await until(
    async () => Promise.allSettled([withDatabase(admin, async () => undefined)]),
    ([answer]) => answer.status === 'fulfilled',
    { deadlineMs: ANSWERS_WITHIN_MS, everyMs: POLL_MS, signal },
  )
  if (last.status === 'rejected') throw last.reason
}

function makeRole(admin: DatabaseConnection, { user, password }: Omit<DatabaseConnection, 'database'>): Promise<void> {
  return withDatabase(admin, async (client) => {
    await client.query(`CREATE ROLE ${quoted(user)} LOGIN PASSWORD ${client.escapeLiteral(password)}`)
  })
}

/** Those that were made: a build may have been broken off. */
async function removeImages(docker: Dockerode, images: readonly string[]): Promise<void> {
  const made = await docker.listImages({ filters: { reference: [...images] } })
  await Promise.all(made.map(({ Id }) => docker.getImage(Id).remove({ force: true })))
}
