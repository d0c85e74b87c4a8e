import { KafkaContainer } from '@testcontainers/kafka'
import { PostgreSqlContainer } from '@testcontainers/postgresql'
import { RedisContainer } from '@testcontainers/redis'
import type { ContainerCreateOptions, HostConfig } from 'dockerode'
import { GenericContainer } from 'testcontainers'
import type { Engine } from './engine.ts'
import type { HealthPlan, PartPlan } from './part-plan.ts'

/** What all containers of a run have in common. */
export interface RunOfContainers {
  readonly engine: Pick<Engine, 'cpus' | 'hasStartInterval'>
  readonly network: string
  /** Name of the compose project, which the containers' names begin with. */
  readonly project: string
  readonly labels: Readonly<Record<string, string>>
}

export interface ContainerOrder {
  readonly plan: PartPlan
  readonly image: string
  readonly run: RunOfContainers
  /** Labels of this container alone. */
  readonly labels: Readonly<Record<string, string>>
  /** For the module of a database: who administers it. */
  readonly administrator: { readonly user: string; readonly password: string }
}

// What a production container has and testcontainers has no method for is put in last, before the engine is asked to make it.
class PlainPart extends GenericContainer {
  readonly #order: ContainerOrder
  constructor(order: ContainerOrder) {
    super(order.image)
    this.#order = order
  }
  protected override async beforeContainerCreated(): Promise<void> {
    shape(this.createOpts, this.hostConfig, this.#order)
  }
}

class PostgresPart extends PostgreSqlContainer {
  readonly #order: ContainerOrder
  constructor(order: ContainerOrder) {
    super(order.image)
    this.#order = order
    this.withUsername(order.administrator.user).withDatabase('postgres').withPassword(order.administrator.password)
  }
  protected override async beforeContainerCreated(): Promise<void> {
    shape(this.createOpts, this.hostConfig, this.#order)
  }
}

class RedisPart extends RedisContainer {
  readonly #order: ContainerOrder
  constructor(order: ContainerOrder) {
    super(order.image)
    this.#order = order
  }
  protected override async beforeContainerCreated(): Promise<void> {
    shape(this.createOpts, this.hostConfig, this.#order)
  }
}

class KafkaPart extends KafkaContainer {
  readonly #order: ContainerOrder
  constructor(order: ContainerOrder) {
    super(order.image)
    this.#order = order
    this.withKraft()
  }
  protected override async beforeContainerCreated(): Promise<void> {
    await super.beforeContainerCreated?.()
    // The module’s own command waits for the script that tells the broker its published port.
    const { Cmd } = this.createOpts
    shape(this.createOpts, this.hostConfig, this.#order)
    if (Cmd !== undefined) this.createOpts.Cmd = Cmd
  }
}

const CLASSES = { postgresql: PostgresPart, redis: RedisPart, kafka: KafkaPart } as const

/** A container that was not started yet, shaped after its plan. */
export function containerOf(order: ContainerOrder): GenericContainer {
  const { plan, run } = order
  const Part = plan.module === undefined ? PlainPart : CLASSES[plan.module]
  const container = new Part(order)
    .withEnvironment({ ...plan.environment })
    .withExposedPorts(...plan.ports.map(({ container: port }) => port))
    .withNetworkMode(run.network)
    .withLabels({ ...run.labels, ...order.labels })
    .withPullPolicy({ shouldPull: () => 'never' })
    .withStartupTimeout(plan.deadlineMs)
    // Ours to remove: by our own watchdog, which knows when a stack is to be kept.
    .withAutoCleanup(false)
  return plan.files.length === 0 ? container : container.withCopyContentToContainer([...plan.files])
}

function shape(options: ContainerCreateOptions, host: HostConfig, { plan, run }: ContainerOrder): void {
  options.name = `${run.project}-${plan.name}-1`
  options.Hostname = plan.name
  options.NetworkingConfig = { EndpointsConfig: { [run.network]: { Aliases: [plan.name, ...plan.aliases] } } }
  if (plan.command !== undefined) options.Cmd = [...plan.command]
  if (plan.user !== '') options.User = plan.user
  if (plan.health !== undefined) options.Healthcheck = healthcheck(plan.health, run.engine.hasStartInterval)
  if (plan.memory > 0) Object.assign(host, { Memory: plan.memory, MemorySwap: plan.memory })
  if (plan.cpus > 0) host.NanoCpus = Math.round(Math.min(plan.cpus, run.engine.cpus) * 1e9)
  host.SecurityOpt = [...plan.securityOptions]
  host.LogConfig = { Type: plan.logDriver, Config: { ...plan.logOptions } }
  if (plan.restart !== '') host.RestartPolicy = { Name: plan.restart }
  if (plan.pidMode !== '') host.PidMode = plan.pidMode
  if (plan.binds.length > 0) host.Binds = [...plan.binds]
  host.PortBindings = Object.fromEntries(
    plan.ports.map(({ container, host: port }) => [`${container}/tcp`, [{ HostIp: '127.0.0.1', HostPort: String(port) }]]),
  )
}

const NANO = 1e6
/** How often health is asked for while a container starts, where the engine can tell that time from the rest. */
const STARTING_MS = 300
/** Where it cannot: often enough for a start, seldom enough not to be a load of its own. */
const COMPROMISE_MS = 2_000

function healthcheck(plan: HealthPlan, hasStartInterval: boolean): NonNullable<ContainerCreateOptions['Healthcheck']> {
  const interval = hasStartInterval ? plan.intervalMs : Math.min(plan.intervalMs, COMPROMISE_MS)
  const check = {
    Test: [...plan.test],
    Interval: interval * NANO,
    Timeout: plan.timeoutMs * NANO,
    Retries: plan.retries,
    StartPeriod: plan.startPeriodMs * NANO,
    ...(hasStartInterval ? { StartInterval: STARTING_MS * NANO } : {}),
  }
  return check
}
