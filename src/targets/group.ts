import path from 'node:path'
import { z } from 'zod'
import { UsageError } from '../outcome.ts'
import { schemaError, type YamlSource, yamlSourceOfFile } from '../yaml-file.ts'
import { targetFile } from './load.ts'

/** How many targets are looked at at once unless a group says otherwise: enough to hide waiting, few enough not to wait on each other. */
const AT_ONCE = 8

/** A file that stands for several targets. */
export const groupSchema = z.strictObject({
  $schema: z.string().optional(),
  targets: z
    .array(z.string().min(1))
    .min(1)
    .describe('Names of targets, or paths of their files, relative to this file; never another group.'),
  atOnce: z.int().min(1).max(64).default(AT_ONCE).describe('How many of them are looked at at the same time.'),
})

/** The targets that the operator named, groups taken apart. */
export interface NamedTargets {
  /** Names, or paths of files; none twice. */
  readonly names: readonly string[]
  readonly atOnce: number
  /** Files of groups, on which the verdict depends as well. */
  readonly groups: readonly string[]
}

/** Takes `prod-eu,prod-us`, or the name or file of a group, apart into single targets. @throws UsageError */
export function namedTargets(given: string): NamedTargets {
  const found = given.split(',').map((name) => membersOf(name.trim()))
  const names = found.flatMap((one) => one.names)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new UsageError(`--target: ${twice} is named twice`)
  return {
    names,
    atOnce: Math.min(...found.map(({ atOnce }) => atOnce)),
    groups: found.flatMap(({ groups }) => groups),
  }
}

function membersOf(name: string): NamedTargets {
  if (name === '') throw new UsageError('--target: a name is missing between two commas')
  const source = sourceOf(name)
  if (!isGroup(source)) return { names: [name], atOnce: AT_ONCE, groups: [] }
  const parsed = groupSchema.safeParse(source.value)
  if (!parsed.success) throw schemaError(parsed.error, source)
  const names = parsed.data.targets.map((member) => fromGroup(member, source.file))
  const nested = names.findIndex((member) => isGroup(sourceOf(member)))
  if (nested !== -1)
    throw new UsageError(`${source.place(['targets', nested])}: ${names[nested]} is a group itself; name its targets instead`)
  return { names, atOnce: parsed.data.atOnce, groups: [source.file] }
}

function sourceOf(name: string): YamlSource {
  return yamlSourceOfFile(targetFile(name), { what: 'target file' })
}

function isGroup({ value }: YamlSource): boolean {
  return typeof value === 'object' && value !== null && 'targets' in value
}

/** A path in a group is meant from where the group lies. */
function fromGroup(member: string, group: string): string {
  return /[/\\]|\.ya?ml$/.test(member) ? path.join(path.dirname(group), member) : member
}
