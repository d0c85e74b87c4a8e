import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import {
  announceWindow,
  databaseSchema,
  type EphemeralSecrets,
  finishHost,
  generatedData,
  prepareBackups,
  type Window,
} from '../../../fixtures/ephemeral/index.ts'
import { serviceSchema } from '../../compose/schema.ts'
import { parseEnvFile } from '../../host/env-file.ts'
import { kafkaOffsets } from '../../procedures/kafka-offsets.ts'
import { redisSnapshot } from '../../procedures/redis-snapshot.ts'
import type { TargetSpec } from '../schema.ts'
import type { ComposeSource, DeployedCompose, RawService } from './compose-file.ts'
import { ADMINISTRATOR, setUpDatabase } from './database.ts'
import type { Engine } from './engine.ts'
import { composeFile } from './host.ts'
import type { Images } from './images.ts'
import { optionalParts } from './outcome.ts'
import { type PartPlan, planPart } from './part-plan.ts'
import { failed, HealthyOrFailed, PartFailed } from './ready.ts'
import { scraped } from './scraped.ts'
import { type Failures, type Step, startStack } from './stack.ts'
import { PLAIN_PART, type StackFile } from './stack-file.ts'
import type { EphemeralRun } from './start.ts'
import { createTopics } from './topics.ts'

export interface PartsOptions {
  /** With the run's addresses. */
  readonly spec: TargetSpec
  readonly stack: StackFile
  readonly compose: ComposeSource
  readonly deployed: DeployedCompose
  readonly images: Images
  readonly run: EphemeralRun
  readonly engine: Engine
  readonly root: string
  readonly secrets: EphemeralSecrets
  readonly now: Date
  readonly signal: AbortSignal
  readonly onProgress: (text: string) => void
}

/** Starts the containers along their dependencies, with the database and the topics made in between; tells what did not start and why. */
export async function runParts(options: PartsOptions): Promise<Failures> {
  const { images, signal, onProgress } = options
  const absent = new Map(
    [...images].flatMap(([name, image]) => ('unobtainable' in image ? [[name, image.unobtainable] as const] : [])),
  )
  const plans = [...(await plansOf(options)), ...(await helpersOf(options))]
  const windows: Window[] = []
  const steps = stepsOf(options, windows)
  const failures = await startStack({ plans, absent, signal, onProgress, steps, start: (plan) => startPart(plan, options) })
  await finishHost(options.root, options.spec.paths.deployLog, await toldContainers(options))
  await Promise.all(windows.map((window) => window.close()))
  return failures
}

async function plansOf({ spec, stack, compose, deployed, root, images }: PartsOptions): Promise<PartPlan[]> {
  const file = composeFile(spec)
  const values = parseEnvFile(await readFile(path.join(root, spec.compose?.envFile ?? spec.paths.envFile), 'utf8')).values
  const secrets = z.record(z.string(), z.looseObject({ file: z.string() })).parse(compose.rest.secrets ?? {})
  return Promise.all(
    Object.entries(deployed.services).map(([name, service]) =>
      planPart({
        name,
        service: { ...service, depends_on: waitsFor(compose.services[name], spec, images) },
        file: stack.parts[name] ?? PLAIN_PART,
        ports: deployed.ports[name] ?? [],
        aliases: Object.entries(stack.names).flatMap(([part, alias]) => (part === name ? [alias] : [])),
        values,
        secrets: Object.fromEntries(Object.entries(secrets).map(([secret, entry]) => [secret, entry.file])),
        directory: path.dirname(file),
        root,
        keys: spec.paths.keys,
      }),
    ),
  )
}

/** What production waits for. A part that cannot be had is waited for all the same, and so fails what needs it, unless it may be missing. */
function waitsFor(service: RawService | undefined, spec: TargetSpec, images: Images): Record<string, unknown> {
  const { depends_on } = serviceSchema.pick({ depends_on: true }).parse(service ?? {})
  const optional = optionalParts(spec)
  const kept = Object.entries(depends_on).filter(([name]) => {
    const image = images.get(name)
    return image !== undefined && !('unobtainable' in image && optional.has(name))
  })
  return Object.fromEntries(kept.map(([name, condition]) => [name, { condition }]))
}

const HELPER_MEMORY = 64 * 1_024 ** 2

function helpersOf({ stack }: PartsOptions): Promise<PartPlan[]> {
  return Promise.all(
    Object.entries(stack.helpers).map(async ([name, { command, files }]) => ({
      name,
      aliases: [],
      module: undefined,
      command,
      environment: {},
      files: await Promise.all(
        Object.entries(files).map(async ([target, source]) => ({ target, content: await readFile(source), mode: 0o444 })),
      ),
      binds: [],
      ports: [],
      health: undefined,
      memory: HELPER_MEMORY,
      cpus: 1,
      user: '',
      pidMode: '',
      restart: '',
      securityOptions: ['no-new-privileges:true'],
      logDriver: 'json-file',
      logOptions: { 'max-size': '10m', 'max-file': '3' },
      needs: [],
      deadlineMs: 30_000,
    })),
  )
}

async function startPart(plan: PartPlan, { signal, spec, stack, images, run, engine, secrets }: PartsOptions): Promise<void> {
  const { containerOf } = await import('./containers.ts')
  const helper = stack.helpers[plan.name]
  const image = images.get(helper?.imageOf ?? plan.name)
  if (image === undefined || 'unobtainable' in image)
    throw new Error(image?.unobtainable ?? `nobody knows an image of ${plan.name}`)
  const labels = helper === undefined ? composeLabels(plan.name, spec, run) : {}
  const container = containerOf({
    plan,
    labels,
    image: image.image,
    run: { ...run, engine },
    administrator: { user: ADMINISTRATOR, password: secrets['postgres.adminPassword'] },
  }).withWaitStrategy(new HealthyOrFailed(plan.name, plan.health !== undefined, signal))
  await run.reservations.release(plan.ports.map(({ host }) => host))
  try {
    await container.start()
  } catch (error) {
    if (error instanceof PartFailed) throw error
    const said = error instanceof Error ? error.message : String(error)
    throw await failed(engine.docker.getContainer(`${run.project}-${plan.name}-1`), plan.name, `did not start: ${said}`)
  }
}

/** As compose labels what it starts. */
function composeLabels(name: string, { compose, paths }: TargetSpec, run: EphemeralRun): Record<string, string> {
  return {
    'com.docker.compose.project': run.project,
    'com.docker.compose.service': name,
    'com.docker.compose.container-number': '1',
    'com.docker.compose.project.config_files': compose?.file ?? '',
    'com.docker.compose.project.working_dir': paths.application,
    'com.docker.compose.project.environment_file': compose?.envFile ?? paths.envFile,
  }
}

const inspectionSchema = z.object({
  Name: z.string(),
  HostConfig: z.object({ LogConfig: z.unknown(), Ulimits: z.unknown() }),
})

/** What the host's own client would say of the containers of the project. */
async function toldContainers({ engine, run }: PartsOptions): Promise<Parameters<typeof finishHost>[2]> {
  const filters = { label: [`com.docker.compose.project=${run.project}`] }
  const listed = await engine.docker.listContainers({ filters })
  return Promise.all(
    listed.map(async ({ Id }) => {
      const { Name, HostConfig } = inspectionSchema.parse(await engine.docker.getContainer(Id).inspect())
      return { name: Name.replace(/^\//, ''), logConfig: HostConfig.LogConfig, ulimits: HostConfig.Ulimits }
    }),
  )
}

function stepsOf(options: PartsOptions, windows: Window[]): Record<string, Step> {
  const { spec, secrets, now, root, signal } = options
  const { postgres, kafka, redis, prometheus, alertmanager } = spec
  return {
    ...(postgres && {
      database: {
        needs: ['postgres'],
        run: async () =>
          setUpDatabase({
            spec: postgres,
            password: secrets['postgres.password'],
            adminPassword: secrets['postgres.adminPassword'],
            sql: `${await databaseSchema()}\n${generatedData(now)}`,
          }),
      },
      backups: {
        needs: ['database'],
        wants: ['topics', 'redis'],
        run: (isReady) =>
          prepareBackups({
            now,
            root,
            signal,
            backups: spec.paths.backups,
            composeFile: composeFile(spec),
            configuration: [spec.paths.envFile, composeFile(spec), spec.paths.prometheusConfig],
            database: { ...postgres, password: secrets['postgres.password'] },
            stores: {
              ...(kafka && isReady('topics') && { kafka: () => kafkaOffsets(kafka.brokers) }),
              ...(redis &&
                isReady('redis') && {
                  redis: (directory: string) =>
                    redisSnapshot({ directory, signal, redis: { ...redis, password: secrets['redis.password'] } }),
                }),
            },
          }),
      },
    }),
    ...(kafka && { topics: { needs: ['kafka'], run: () => createTopics(kafka, spec.names.topics) } }),
    ...(alertmanager && {
      announcement: {
        needs: ['alertmanager'],
        run: async () => void windows.push(await announceWindow(alertmanager.url, Object.keys(spec.services), signal)),
      },
    }),
    ...(prometheus && {
      scraped: {
        needs: ['prometheus', ...Object.keys(spec.services)],
        run: () => scraped(prometheus.url, spec.monitoring, signal),
      },
    }),
  }
}
