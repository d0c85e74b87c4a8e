import path from 'node:path'
import { collect } from '../../host/collect.ts'
import { parseEnvFile } from '../../host/env-file.ts'
import type { HostFacts, SectionName } from '../../host/facts.ts'
import { hostAddress } from '../../host/open.ts'
import type { Shell } from '../../host/shell.ts'
import { Unobserved, UsageError } from '../../outcome.ts'
import { type ComposeModel, parseCompose } from '../../probes/compose.ts'
import type { Asked, Door, InnerPart, Site } from '../../procedures/script/site.ts'
import type { HostSpec, TargetSpec } from '../../targets/schema.ts'
import type { PublishedPort } from '../init/engine.ts'
import type { Answers } from './ask.ts'
import { groupsOf } from './groups.ts'
import { imageLines } from './image-lines.ts'

export interface Looked {
  /** The target as its file describes it: inner addresses as the host sees them. */
  readonly spec: TargetSpec
  readonly file: string
  readonly host: HostSpec
  readonly facts: HostFacts
  readonly answers: Answers
  /** How long the last drill took, in words. */
  readonly drill: string | undefined
}

/** Asks the host the collector's questions: one more round trip, reading only. */
export async function factsOf(shell: Shell, host: HostSpec, spec: TargetSpec, signal: AbortSignal): Promise<HostFacts> {
  return (await collect(shell, host, spec, signal)).facts
}

/** Puts together what a printed procedure must know. @throws Unobserved where a part of it could not be looked at, UsageError where the target says too little. */
export function siteOf(looked: Looked): Site {
  const { spec, file, host, facts, answers } = looked
  const { compose, postgres, paths } = spec
  if (compose === undefined) throw new UsageError(`${file}: a printed procedure needs \`compose\`: its file, envFile and project`)
  if (postgres === undefined)
    throw new UsageError(`${file}: a printed procedure needs \`postgres\`: the database that is backed up`)
  const model = modelOf(facts, host)
  const product = servicesOf(spec).map(([name, service]) => service.container ?? name)
  const once = compose.migrations === undefined ? [] : [compose.migrations]
  const groups = groupsOf(model, product, once)
  if (groups.services.length === 0)
    throw new UsageError(
      `${compose.file} on ${hostAddress(host)} has none of the target's services (${product.join(', ')}); say in services.*.container what they are called there`,
    )
  const isInProject = answers.containers.some(({ service }) => service === 'postgres')
  const database = isInProject ? { service: 'postgres', admin: answers.administrator } : { admin: postgres.user }
  const command = fact(facts, 'composeVersion', host).command
  if (command === '') throw cannot(host, 'it has no Docker Compose')
  const redis = innerPart(answers, 'redis', spec.redis?.port)
  const kafka = innerPart(answers, 'kafka', portOf(spec.kafka?.brokers[0]))
  const ca = certificateOf(spec)
  const asked = healthOf(spec, host)
  return {
    target: spec.name,
    file,
    host: {
      name: fact(facts, 'os', host).hostname,
      address: host.shell === 'local' ? 'this machine' : host.address,
      account: fact(facts, 'account', host).account,
    },
    lookedAt: new Date(),
    compose: command.split(' '),
    project: compose.project,
    composeFile: compose.file,
    envFile: compose.envFile,
    groups,
    images: Object.fromEntries(model.services.map(({ name, image }) => [name, image])),
    imageLines: imageLines(fact(facts, 'composeFile', host).text),
    database: {
      name: postgres.database,
      user: postgres.user,
      host: postgres.host,
      port: postgres.port,
      ssl: postgres.ssl,
      ...database,
    },
    ...(redis === undefined ? {} : { redis }),
    ...(kafka === undefined
      ? {}
      : { kafka: { ...kafka, topics: spec.names.topics, replicationFactor: spec.kafka?.replicationFactor ?? 1 } }),
    ...(compose.migrations === undefined ? {} : { migrations: compose.migrations }),
    migrationList: spec.names.migrations,
    health: asked.health,
    doors: doorsOf(spec, answers, groups.gateway),
    ...(ca === undefined ? {} : { ca }),
    paths: {
      application: paths.application,
      backups: paths.backups,
      secrets: paths.secrets,
      deployLog: paths.deployLog === 'none' ? '' : paths.deployLog,
      rollbackLog: paths.rollbackLog === 'none' ? '' : paths.rollbackLog,
      configuration: [...new Set([compose.envFile, compose.file])],
      folders: [`${paths.application}/config`, path.dirname(paths.prometheusConfig), `${paths.monitoring}/alertmanager`],
    },
    approval: levelWords(spec, -1),
    help: levelWords(spec, -2),
    ...(looked.drill === undefined ? {} : { drill: looked.drill }),
    notes: [...asked.notes, ...absentParts(spec, answers)],
  }
}

/** A section of the collector's answer. @throws Unobserved with the reason and what would allow it */
function fact<S extends SectionName>(facts: HostFacts, section: S, host: HostSpec) {
  const answer = facts[section]
  if (answer.ok) return answer.facts
  throw cannot(host, `${answer.reason}${answer.remedy === '' ? '' : `; ${answer.remedy}`}`)
}

function cannot(host: HostSpec, text: string): Unobserved {
  return new Unobserved({ id: `procedure:${hostAddress(host)}`, text: `${hostAddress(host)} cannot be looked at: ${text}` })
}

function modelOf(facts: HostFacts, host: HostSpec): ComposeModel {
  const { path, exists, text, truncated } = fact(facts, 'composeFile', host)
  if (!exists) throw cannot(host, `${path} does not exist`)
  if (truncated) throw cannot(host, `${path} is too long to be read whole`)
  const model = parseCompose(text, parseEnvFile(fact(facts, 'envFile', host).text).values)
  if (model.problems.length > 0) throw cannot(host, `${path} is no compose file that can be read: ${model.problems.join('; ')}`)
  return model
}

/** A part that runs in the project, and the port inside its container that is published as the target says. */
function innerPart({ containers }: Answers, service: string, port: number | undefined): InnerPart | undefined {
  const container = containers.find((one) => one.service === service)
  if (container === undefined || port === undefined) return undefined
  return { service, port: container.ports.find((one) => one.port === port)?.inner ?? port }
}

function portOf(address: string | undefined): number | undefined {
  return address === undefined ? undefined : Number(address.slice(address.lastIndexOf(':') + 1))
}

/** The services that the target does not declare absent. */
function servicesOf({ services, parts }: TargetSpec): [string, TargetSpec['services'][string]][] {
  return Object.entries(services).filter(([name]) => parts[name] !== 'none')
}

/** Health by inner addresses, where these are the host's own. */
function healthOf(spec: TargetSpec, host: HostSpec): { readonly health: Asked[]; readonly notes: string[] } {
  const services = servicesOf(spec)
  const isInner = (name: string): boolean =>
    host.shell === 'local' || (spec.reach !== undefined && (spec.reach.parts[name] ?? spec.reach.through) !== 'direct')
  const unasked = services.filter(([name]) => !isInner(name)).map(([name]) => name)
  return {
    health: services
      .filter(([name]) => isInner(name))
      .map(([name, { url, health, healthNeedsKey, container }]) => ({
        service: container ?? name,
        url: `${url.replace(/\/+$/, '')}${health}`,
        needsKey: healthNeedsKey,
      })),
    notes:
      unasked.length === 0
        ? []
        : [
            `${unasked.join(', ')}: health is what the engine says of the container; their addresses are not those of this host (no reach).`,
          ],
  }
}

/** The public addresses. Where the gateway on this host ends TLS they are asked there, whatever their names lead to. */
function doorsOf(spec: TargetSpec, { containers }: Answers, gateway: readonly string[]): Door[] {
  const published = containers.filter(({ service }) => gateway.includes(service)).flatMap(({ ports }) => ports)
  const named = servicesOf(spec).flatMap(([name, service]) =>
    service.public === undefined ? [] : [{ name, service, url: service.public }],
  )
  const routed = Object.values(spec.gateways).flatMap(({ public: url, routesTo }) => {
    const service = spec.services[routesTo]
    return service === undefined ? [] : [{ name: routesTo, service, url }]
  })
  return [...named, ...routed].map(({ name, service, url }) => ({
    service: service.container ?? name,
    url: `${url.replace(/\/+$/, '')}${service.balancerPath ?? service.health}`,
    needsKey: service.balancerPath === undefined && service.healthNeedsKey,
    connectTo: spec.tls.terminatedBy === 'gateway' ? hereInstead(new URL(url), published) : '',
  }))
}

/** As curl takes it: the name and port of the URL, and the gateway's own port on this host; empty where it publishes none. */
function hereInstead({ hostname, port, protocol }: URL, published: readonly PublishedPort[]): string {
  const usual = protocol === 'https:' ? 443 : 80
  const wanted = port === '' ? usual : Number(port)
  const found = published.find((one) => one.port === wanted) ?? published.find((one) => one.inner === usual)
  return found === undefined ? '' : `${hostname}:${wanted}:127.0.0.1:${found.port}`
}

/** Public certificates chain to what the system trusts, or, where the target names a CA of its own, to its certificate on the host. */
function certificateOf({ tls, paths }: TargetSpec): string | undefined {
  return tls.ca === undefined ? undefined : paths.ca
}

/** A level of the escalation, counted from the highest. */
function levelWords({ escalation }: TargetSpec, from: -1 | -2): string {
  const levels = Object.keys(escalation.levels).toSorted()
  const key = levels.at(from) ?? levels.at(-1)
  const level = key === undefined ? undefined : escalation.levels[key]
  if (key === undefined || level === undefined) return 'whoever owns the data; the target names no escalation level'
  return `${level.contact} (level ${key}, ${level.name}; answers in: ${level.responseTime})`
}

function absentParts({ redis, kafka }: TargetSpec, { containers }: Answers): string[] {
  const parts = { redis, kafka }
  return (['redis', 'kafka'] as const).flatMap((part) =>
    parts[part] === undefined || containers.some(({ service }) => service === part)
      ? []
      : [`${part} runs outside of this compose project; a backup taken by such a script holds nothing of it.`],
  )
}
