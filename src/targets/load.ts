import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { UsageError } from '../outcome.ts'
import { nearest } from '../suggest.ts'
import { schemaError, type YamlSource, yamlSourceOfFile } from '../yaml-file.ts'
import { rejectLooser } from './looser.ts'
import { rejectUnreachable } from './reaching.ts'
import { type TargetSpec, targetSchema } from './schema.ts'

const FOLDER = 'fixtures/targets'
const DEFAULTS = 'defaults'
const productFigures = z.object({ objectives: targetSchema.shape.objectives, recovery: targetSchema.shape.recovery })

/** The targets that have a file of their own in the project, by name. */
export function knownTargets(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => path.basename(file, '.yaml'))
    .filter((name) => name !== DEFAULTS)
}

/** The file of a target given by name or by path. @throws UsageError where there is none, with the nearest name that exists. */
export function targetFile(nameOrFile: string): string {
  const isFile = nameOrFile.includes('/') || /\.ya?ml$/.test(nameOrFile)
  const file = isFile ? nameOrFile : path.join(FOLDER, `${nameOrFile}.yaml`)
  if (existsSync(file) && (isFile || nameOrFile !== DEFAULTS)) return file
  if (isFile) throw new UsageError(`--target: there is no file ${nameOrFile}`)
  throw new UsageError(
    `--target: unknown target "${nameOrFile}"${nearest(nameOrFile, knownTargets())}; known: ${knownTargets().join(', ')}, or give a file`,
  )
}

/** Reads a target's file over the product's defaults. @throws UsageError naming file, key and line of every mistake. */
export function loadTarget(nameOrFile: string): TargetSpec {
  return targetOf(yamlSourceOfFile(targetFile(nameOrFile), { what: 'target file' }))
}

/** A target from its parsed file, over the product's defaults. @throws UsageError naming file, key and line of every mistake. */
export function targetOf(site: YamlSource): TargetSpec {
  const defaults = yamlSourceOfFile(path.join(FOLDER, `${DEFAULTS}.yaml`), { what: 'product defaults' })
  const parsed = targetSchema.safeParse(merge(defaults.value, site.value))
  if (!parsed.success)
    throw schemaError(parsed.error, {
      place: (path) => (holds(site.value, path) ? site : holds(defaults.value, path) ? defaults : site).place(path),
    })
  rejectLooser(parsed.data, productFigures.parse(defaults.value), site)
  rejectUnreachable(parsed.data, site)
  return parsed.data
}

/** The site's values over the defaults', key by key; a list replaces a list. */
function merge(base: unknown, over: unknown): unknown {
  if (!isRecord(base) || !isRecord(over)) return over === undefined ? base : over
  const keys = new Set([...Object.keys(base), ...Object.keys(over)])
  return Object.fromEntries([...keys].map((key) => [key, merge(base[key], over[key])]))
}

function holds(value: unknown, [key, ...rest]: readonly PropertyKey[]): boolean {
  if (key === undefined) return true
  return typeof value === 'object' && value !== null && key in value && holds((value as Record<PropertyKey, unknown>)[key], rest)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
