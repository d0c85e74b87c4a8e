import { parseDocument } from 'yaml'
import type { z } from 'zod'
import { composeSchema, type ServiceSource, serviceSchema } from '../compose/schema.ts'
import { variablesIn, withValues } from '../compose/variables.ts'
import { derived, type Probe } from '../probe.ts'
import type { ComposeModel, ComposeService, PublishedPort } from './compose-model.ts'

export type { ComposeModel, ComposeService, ComposeVariable, PublishedPort } from './compose-model.ts'

/** What is known of a text file on a host. */
interface TextSource {
  readonly path: string
  readonly exists: boolean
  readonly text: string
  readonly truncated: boolean
}

/** The model of a compose file that another observation has read; a file that is missing has that as its one problem. */
export function composeModel(source: Probe<TextSource>): Probe<ComposeModel> {
  return derived(source, {
    operation: `${source.access.operation}, read as a compose file`,
    pick: ({ path, exists, text, truncated }, raw) => {
      if (!exists) return { value: empty([`${path} does not exist`]), raw }
      if (truncated) return { value: empty([`${path} is too long to be read whole`]), raw }
      return { value: parseCompose(text), raw }
    },
  })
}

/**
 * Reads a compose file: YAML with anchors and merge keys, every form of each key that is read. Values of variables are put in
 * where they are given. Never throws: what is wrong is in `problems`.
 */
export function parseCompose(text: string, values?: ReadonlyMap<string, string>): ComposeModel {
  const document = parseDocument(text, { merge: true, prettyErrors: true })
  if (document.errors.length > 0) return empty(document.errors.map(({ message }) => message.split('\n')[0] ?? message))
  const whole = composeSchema.safeParse(
    values === undefined ? document.toJS({ maxAliasCount: 1_000 }) : withValues(document.toJS({ maxAliasCount: 1_000 }), values),
  )
  if (!whole.success) return empty(whole.error.issues.map(issueText))
  const problems: string[] = []
  const services = Object.entries(whole.data.services).flatMap(([name, source]) => {
    const service = serviceSchema.safeParse(source)
    if (service.success) return [serviceOf(name, service.data)]
    problems.push(...service.error.issues.map((issue) => `services.${name}.${issueText(issue)}`))
    return []
  })
  const model = {
    name: whole.data.name,
    services,
    variables: variablesIn(withoutComments(text)),
    networks: Object.keys(whole.data.networks ?? {}),
    volumes: Object.keys(whole.data.volumes ?? {}),
    secrets: Object.keys(whole.data.secrets ?? {}),
  }
  return { ...model, problems: [...problems, ...danglingReferences(model)] }
}

function serviceOf(name: string, source: ServiceSource): ComposeService {
  const image = source.image ?? ''
  const limits = source.deploy?.resources?.limits
  return {
    name,
    image,
    digest: /(?:^|@)(sha256:[0-9a-f]{64})$/.exec(image)?.[1] ?? '',
    ports: source.ports.map(portOf),
    envFiles: source.env_file,
    environment: source.environment,
    memoryLimit: source.mem_limit ?? limits?.memory ?? '',
    cpuLimit: source.cpus ?? limits?.cpus ?? '',
    hasHealthCheck: hasHealthCheck(source.healthcheck),
    dependsOn: source.depends_on,
    isPrivileged: source.privileged,
    pidMode: source.pid,
    networkMode: source.network_mode,
    logDriver: source.logging?.driver ?? '',
    logOptions: source.logging?.options ?? {},
    restart: source.restart,
    mounts: source.volumes.map((volume) => (typeof volume === 'string' ? leftSide(volume) : volume.source)),
    networks: source.networks,
    secrets: source.secrets,
    profiles: source.profiles,
  }
}

function hasHealthCheck(healthcheck: ServiceSource['healthcheck']): boolean {
  if (healthcheck === undefined || healthcheck.disable || healthcheck.test === undefined) return false
  const [first] = typeof healthcheck.test === 'string' ? [healthcheck.test] : healthcheck.test
  return first !== undefined && first !== 'NONE' && first !== ''
}

/** A mount of one word has no left side: its volume has no name. */
function leftSide(mount: string): string {
  return mount.includes(':') ? mount.slice(0, mount.indexOf(':')) : ''
}

/** `[address:][published:]target[/protocol]`, or the long form. */
function portOf(port: ServiceSource['ports'][number]): PublishedPort {
  if (typeof port !== 'string') return { address: port.host_ip, published: port.published, target: port.target }
  const [plain = ''] = port.split('/')
  const parts =
    /^(?:(?:\[([^\]]+)\]|([^:[\]]*\$\{[^}]*\}[^:]*|[\d.]+)):)?(?:((?:\$\{[^}]*\}|[^:])*):)?((?:\$\{[^}]*\}|[^:])+)$/.exec(plain)
  const [, v6, v4, published = '', target = plain] = parts ?? []
  // `8001:8001` has two parts, of which the first is a port and not an address.
  const isAddress = v6 !== undefined || v4?.includes('.') === true
  return isAddress ? { address: v6 ?? v4 ?? '', published, target } : { address: '', published: published || (v4 ?? ''), target }
}

function danglingReferences({
  services,
  networks,
  volumes,
  secrets,
}: Omit<ComposeModel, 'problems' | 'variables' | 'name'>): string[] {
  const known = new Set(services.map(({ name }) => name))
  return services.flatMap((service) => [
    ...(service.image === '' ? [`${service.name} names no image`] : []),
    ...missing(service.name, 'service', Object.keys(service.dependsOn), [...known]),
    ...missing(service.name, 'network', service.networks, [...networks, 'default']),
    ...missing(service.name, 'secret', service.secrets, secrets),
    ...missing(service.name, 'volume', service.mounts.filter(isVolumeName), volumes),
  ])
}

function isVolumeName(mount: string): boolean {
  return /^[A-Za-z0-9][\w.-]*$/.test(mount)
}

function missing(service: string, kind: string, wanted: readonly string[], defined: readonly string[]): string[] {
  return wanted
    .filter((name) => !defined.includes(name))
    .map((name) => `${service} refers to the ${kind} ${name}, which is not defined`)
}

/** Whole-line comments only: a `#` within a line may be part of a value. */
function withoutComments(text: string): string {
  return text.replaceAll(/^\s*#.*$/gm, '')
}

function issueText({ path, message }: z.core.$ZodIssue): string {
  return `${path.join('.')}: ${message}`
}

function empty(problems: readonly string[]): ComposeModel {
  return { problems, name: '', services: [], variables: [], networks: [], volumes: [], secrets: [] }
}
