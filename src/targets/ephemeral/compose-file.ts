import { readFileSync } from 'node:fs'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { serviceSchema } from '../../compose/schema.ts'
import { UsageError } from '../../outcome.ts'
import { PLAIN_PART, type StackFile } from './stack-file.ts'

/** A service of the compose file as it is run here: what the file says, under what the stack file replaces; nothing is filled in yet. */
export type RawService = Readonly<Record<string, unknown>>

/** A compose file before anything of a run is known. */
export interface ComposeSource {
  /** Its top level without services and extensions. */
  readonly rest: Readonly<Record<string, unknown>>
  readonly services: Readonly<Record<string, RawService>>
}

const composeSchema = z.looseObject({ services: z.record(z.string(), z.record(z.string(), z.unknown())) })

/** Reads the stack's compose file and lays the stack file's changes over it; `images` are the company's own. @throws UsageError where the file is no compose file, or lacks a service that is named. */
export function readComposeFile(stack: StackFile, images: Readonly<Record<string, string>>): ComposeSource {
  const { services: found, ...top } = composeOf(stack.compose)
  const services = renamed(found, stack)
  const unknown = Object.keys({ ...stack.parts, ...images }).filter((name) => services[name] === undefined)
  if (unknown.length > 0)
    throw new UsageError(
      `${stack.compose} has no service ${unknown.join(', ')}, which the stack file or \`images\` names; it has ${Object.keys(found).join(', ')}`,
    )
  return {
    rest: Object.fromEntries(Object.entries(top).filter(([key]) => !key.startsWith('x-'))),
    services: Object.fromEntries(
      Object.entries(services).map(([name, service]) => [name, changed(name, service, stack, images)]),
    ),
  }
}

/** The services under the names of the parts that they are. @throws UsageError where one is not there. */
function renamed(services: Readonly<Record<string, RawService>>, { names, compose }: StackFile): Record<string, RawService> {
  const missing = Object.values(names).find((name) => services[name] === undefined)
  if (missing !== undefined)
    throw new UsageError(
      `${compose} has no service ${missing}, which \`names\` of the stack file tells; it has ${Object.keys(services).join(', ')}`,
    )
  const partOf = new Map(Object.entries(names).map(([part, name]) => [name, part]))
  const part = (name: string): string => partOf.get(name) ?? name
  return Object.fromEntries(
    Object.entries(services).map(([name, service]) => {
      const { depends_on: waits } = service
      if (typeof waits !== 'object' || waits === null) return [part(name), service]
      const renamedWaits = Array.isArray(waits)
        ? waits.map((other) => part(String(other)))
        : Object.fromEntries(Object.entries(waits).map(([other, condition]) => [part(other), condition]))
      return [part(name), { ...service, depends_on: renamedWaits }]
    }),
  )
}

function composeOf(file: string): z.output<typeof composeSchema> {
  let content: unknown
  try {
    content = parse(readFileSync(file, 'utf8'), { merge: true })
  } catch (error) {
    throw new UsageError(
      `compose file ${file}: ${error instanceof Error ? error.message : String(error)}; correct \`compose\` in the stack file`,
    )
  }
  const parsed = composeSchema.safeParse(content)
  if (parsed.success) return parsed.data
  throw new UsageError(`compose file ${file}: expected services, each a mapping:\n${z.prettifyError(parsed.error)}`)
}

function changed(name: string, service: RawService, { parts }: StackFile, images: Readonly<Record<string, string>>): RawService {
  const part = parts[name] ?? PLAIN_PART
  const { compose, environment } = part.referenceOnly && images[name] !== undefined ? PLAIN_PART : part
  const merged = { ...service, ...compose }
  const own = serviceSchema.pick({ environment: true }).parse({ environment: merged.environment ?? {} }).environment
  const all = { ...own, ...environment }
  const kept = Object.entries(Object.keys(all).length === 0 ? merged : { ...merged, environment: all })
  return Object.fromEntries(kept.filter(([, value]) => value !== null))
}

/** A port of a container and the one of loopback on which it is published. */
export interface PortPair {
  readonly container: number
  readonly host: number
}

/** A compose file with this run's images and ports in it. */
export interface DeployedCompose {
  /** As it lies on the host. */
  readonly text: string
  readonly services: Readonly<Record<string, RawService>>
  readonly ports: Readonly<Record<string, readonly PortPair[]>>
  /** Variables of the environment file that name published ports. */
  readonly variables: Readonly<Record<string, string>>
}

export interface Deploying {
  readonly project: string
  /** Service → pinned reference; services that are not in it are left out, and nothing waits for them in the text. */
  readonly images: Readonly<Record<string, string>>
  reservePort(): Promise<number>
}

/** Fills a run's images and ports in. Every port is published on loopback alone, whatever the file says. */
export async function deployCompose(
  source: ComposeSource,
  { project, images, reservePort }: Deploying,
): Promise<DeployedCompose> {
  const variables: Record<string, string> = {}
  const ports: Record<string, PortPair[]> = {}
  const services: Record<string, RawService> = {}
  for (const [name, service] of Object.entries(source.services)) {
    const image = images[name]
    if (image === undefined) continue
    const pairs: PortPair[] = []
    const texts: string[] = []
    for (const text of z.array(z.string()).parse(service.ports ?? [])) {
      const { variable, container } = publishedPort(text)
      const host = await reservePort()
      pairs.push({ container, host })
      if (variable !== undefined) variables[variable] = String(host)
      texts.push(`127.0.0.1:${variable === undefined ? host : `\${${variable}}`}:${container}`)
    }
    ports[name] = pairs
    services[name] = { ...withoutAbsent(service, images), image, ...(texts.length === 0 ? {} : { ports: texts }) }
  }
  return { text: stringify({ ...source.rest, name: project, services }, { lineWidth: 0 }), services, ports, variables }
}

/** `[address:][port or ${VARIABLE}:]container`. */
function publishedPort(text: string): { readonly variable: string | undefined; readonly container: number } {
  const parts = /^(?:[\d.]*:)?(?:(?:\$\{(\w+)\}|\d*):)?(\d+)(?:\/tcp)?$/.exec(text)
  if (parts?.[2] === undefined)
    throw new Error(`the port "${text}" of the compose file is written in a way that is not known here`)
  return { variable: parts[1], container: Number(parts[2]) }
}

/** A service that cannot run is nothing to wait for. */
export function withoutAbsent(service: RawService, images: Readonly<Record<string, string>>): RawService {
  const dependsOn = service.depends_on
  if (typeof dependsOn !== 'object' || dependsOn === null || Array.isArray(dependsOn)) return service
  const present = Object.entries(dependsOn).filter(([name]) => images[name] !== undefined)
  return { ...service, depends_on: Object.fromEntries(present) }
}
