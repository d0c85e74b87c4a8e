import type { TargetSpec } from '../schema.ts'
import type { Started } from '../started.ts'
import { GATEWAY } from '../target.ts'
import type { ComposeSource } from './compose-file.ts'
import type { Images } from './images.ts'
import type { Leftovers } from './leftovers.ts'
import type { Failure, Failures } from './stack.ts'

export interface StartOutcome {
  /** What the description must say of the parts that do not run. */
  readonly parts: TargetSpec['parts']
  readonly images: Started['parts']
  readonly release: Started['release']
  readonly notes: readonly string[]
}

/** The parts that are of no use where a step could not be done. */
const PART_OF_STEP: Readonly<Record<string, string>> = { database: 'postgres', topics: 'kafka' }

interface Ended {
  readonly spec: TargetSpec
  readonly images: Images
  readonly failures: Failures
  readonly compose: ComposeSource
  /** The part that ends TLS for the public names. */
  readonly gateway: string
  readonly leftovers: Leftovers
  readonly keep: boolean
}

/** What a start came to, for the description of the target and the head of the report. */
export function outcomeOf({ spec, images, failures, leftovers, gateway }: Ended): StartOutcome {
  const optional = optionalParts(spec)
  const failed = [...failures].map(([name, failure]) => [PART_OF_STEP[name] ?? name, failure] as const)
  const both = (name: string): string[] => (name === gateway ? [name, GATEWAY] : [name])
  const skipped = failed.filter(([name]) => optional.has(name))
  const missing = failed.filter(([name]) => !optional.has(name))
  const had = [...images].flatMap(([name, image]) => ('unobtainable' in image ? [] : [{ name, ...image }]))
  const services = Object.keys(spec.services)
  const own = services.filter((name) => spec.images[name] !== undefined)
  return {
    parts: Object.fromEntries([
      ...skipped.flatMap(([name]) => both(name).map((part) => [part, 'none'] as const)),
      ...missing.flatMap(([name, { root, reason }]) => both(name).map((part) => [part, { root, failed: reason }] as const)),
    ]),
    images: had,
    release: Object.fromEntries(
      had.filter(({ name }) => services.includes(name)).map(({ name, image, digest }) => [name, `${image} ${digest}`]),
    ),
    notes: [
      own.length === 0
        ? 'Reference services, not the company’s images; generated data.'
        : `Your images: ${own.join(', ')}${own.length < services.length ? '; the other services are the reference ones' : ''}; generated data.`,
      ...standIns(had),
      'Host facts come from a directory tree and stand-in commands: they are simulated.',
      ...skipped.map(([name, { reason }]) => `Without ${name}, which this target has as optional: ${reason}`),
      ...missingNotes(missing),
      ...(leftovers.removed.length === 0 ? [] : [`What ${leftovers.removed.length} dead run(s) had left behind was removed.`]),
      ...leftovers.stuck.map(
        (what) => `Left behind by a dead run, and the engine does not let go of it until it is restarted: ${what}`,
      ),
    ],
  }
}

/** One note for each thing that went wrong, with all that is not there because of it. */
function missingNotes(missing: readonly (readonly [string, Failure])[]): string[] {
  return [...Map.groupBy(missing, ([, { root }]) => root)].map(([root, affected]) => {
    const others = affected.map(([name]) => name).filter((name) => name !== root)
    const also = others.length === 0 ? '' : ` (nor ${[...new Set(others)].join(', ')})`
    return `Without ${root}${also}, though this target must have it: ${affected[0]?.[1].reason ?? ''}`
  })
}

function standIns(had: Started['parts']): string[] {
  const names = had.filter(({ origin }) => origin === 'stand-in').map(({ name }) => name)
  return names.length === 0 ? [] : [`Stand-in images, built here since no registry gave the upstream ones: ${names.join(', ')}.`]
}

/** Parts that the target or the operator allows to be missing. */
export function optionalParts({ parts }: TargetSpec): ReadonlySet<string> {
  const declared = Object.entries(parts).flatMap(([name, state]) => (state === 'optional' ? [name] : []))
  const given = (process.env.RUNBOOK_OPTIONAL ?? '').split(',').map((name) => name.trim())
  return new Set([...declared, ...given])
}
