import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { serviceSchema } from '../../compose/schema.ts'
import { withValues } from '../../compose/variables.ts'
import type { PortPair, RawService } from './compose-file.ts'
import type { PartFile } from './stack-file.ts'

/** A health check in the engine's words; times in milliseconds. */
export interface HealthPlan {
  readonly test: readonly string[]
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly retries: number
  readonly startPeriodMs: number
}

export interface CopiedFile {
  readonly target: string
  readonly content: Buffer
  readonly mode: number
}

/** Everything about one container. */
export interface PartPlan {
  readonly name: string
  /** Names besides its own under which others reach it. */
  readonly aliases: readonly string[]
  readonly module: PartFile['module']
  readonly command: readonly string[] | undefined
  readonly environment: Readonly<Record<string, string>>
  readonly files: readonly CopiedFile[]
  readonly binds: readonly string[]
  readonly ports: readonly PortPair[]
  readonly health: HealthPlan | undefined
  /** Bytes; 0: as much as there is. */
  readonly memory: number
  /** Processors; 0: as many as there are. */
  readonly cpus: number
  readonly user: string
  readonly pidMode: string
  readonly restart: string
  readonly securityOptions: readonly string[]
  readonly logDriver: string
  readonly logOptions: Readonly<Record<string, string>>
  /** Parts that must be ready before, and steps that must be done. */
  readonly needs: readonly string[]
  readonly deadlineMs: number
}

const scalar = z.union([z.string(), z.number()]).transform(String)
const words = z.union([z.string().transform((text) => ['sh', '-c', text]), z.array(scalar)])

const runnableSchema = serviceSchema.extend({
  command: words.optional(),
  user: scalar.default(''),
  security_opt: z.array(z.string()).default([]),
  healthcheck: z
    .looseObject({
      test: z.union([z.string().transform((text) => ['CMD-SHELL', text]), z.array(z.string())]),
      interval: z.string().default('30s'),
      timeout: z.string().default('30s'),
      retries: z.int().default(3),
      start_period: z.string().default('0s'),
    })
    .optional(),
})

export interface Planning {
  readonly name: string
  readonly service: RawService
  readonly file: PartFile
  readonly ports: readonly PortPair[]
  readonly aliases: readonly string[]
  /** What the environment file assigns. */
  readonly values: ReadonlyMap<string, string>
  /** Secret → its file on the host. */
  readonly secrets: Readonly<Record<string, string>>
  /** The directory of the compose file, on the host. */
  readonly directory: string
  /** The directory that stands for the host’s `/`. */
  readonly root: string
  /** Directory on the host whose files nobody else may read. */
  readonly keys: string
}

/** Turns a service of the compose file into a container: read-only mounts and secrets become copies, data stays in the container. */
export async function planPart(planning: Planning): Promise<PartPlan> {
  const { name, file, values, ports, aliases } = planning
  const service = runnableSchema.parse(withValues(planning.service, values))
  const limits = service.deploy?.resources?.limits
  return {
    name,
    aliases,
    module: file.module,
    command: service.command,
    environment: { ...(service.env_file.length === 0 ? {} : Object.fromEntries(values)), ...service.environment },
    files: [...(await mountedFiles(service.volumes, planning)), ...(await secretFiles(service.secrets, planning))],
    binds: file.binds,
    ports,
    health: service.healthcheck === undefined ? undefined : healthOf(service.healthcheck),
    memory: bytesOf(service.mem_limit ?? limits?.memory ?? '0'),
    cpus: Number(service.cpus ?? limits?.cpus ?? 0),
    user: service.user,
    pidMode: service.pid,
    restart: service.restart,
    securityOptions: service.security_opt,
    logDriver: service.logging?.driver ?? 'json-file',
    logOptions: service.logging?.options ?? {},
    needs: [...Object.keys(service.depends_on), ...file.after],
    deadlineMs: file.readyWithinSeconds * 1_000,
  }
}

function healthOf(check: NonNullable<z.output<typeof runnableSchema>['healthcheck']>): HealthPlan {
  return {
    test: check.test,
    intervalMs: millisecondsOf(check.interval),
    timeoutMs: millisecondsOf(check.timeout),
    retries: check.retries,
    startPeriodMs: millisecondsOf(check.start_period),
  }
}

async function mountedFiles(
  volumes: z.output<typeof runnableSchema>['volumes'],
  { directory, root, keys }: Planning,
): Promise<CopiedFile[]> {
  const copied: CopiedFile[] = []
  for (const volume of volumes) {
    if (typeof volume !== 'string') continue
    const [source = '', target = '', mode = ''] = volume.split(':')
    const place = path.resolve(directory, source)
    const isPath = source.startsWith('.') || source.startsWith('/')
    const here = path.join(root, place)
    if (!isPath || !mode.split(',').includes('ro') || place === '/' || !existsSync(here)) continue
    copied.push(...(await filesBelow(here, target, place.startsWith(keys) ? 0o400 : 0o444)))
  }
  return copied
}

async function filesBelow(source: string, target: string, mode: number): Promise<CopiedFile[]> {
  if ((await stat(source)).isFile()) return [{ target, content: await readFile(source), mode }]
  const entries = await readdir(source, { withFileTypes: true, recursive: true })
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const file = path.join(entry.parentPath, entry.name)
        return { target: path.posix.join(target, path.relative(source, file)), content: await readFile(file), mode }
      }),
  )
}

/** As compose mounts them: readable to whoever the container runs as. */
function secretFiles(names: readonly string[], { secrets, directory, root }: Planning): Promise<CopiedFile[]> {
  return Promise.all(
    names.map(async (name) => {
      const file = secrets[name]
      if (file === undefined) throw new Error(`the compose file says of no file that it is the secret ${name}`)
      return {
        target: `/run/secrets/${name}`,
        content: await readFile(path.join(root, path.resolve(directory, file))),
        mode: 0o444,
      }
    }),
  )
}

const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, k: 1_024, m: 1_024 ** 2, g: 1_024 ** 3 }

/** `512m` in bytes, as compose reads it. */
function bytesOf(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([bkmg]?)b?$/i.exec(text) ?? []
  return Math.round(Number(number) * (UNITS[unit.toLowerCase()] ?? Number.NaN))
}

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** `1m30s` in milliseconds. */
function millisecondsOf(text: string): number {
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce(
    (sum, [, number, unit = '']) => sum + Number(number) * (MILLISECONDS[unit] ?? 0),
    0,
  )
}
