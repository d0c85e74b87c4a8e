import type Dockerode from 'dockerode'
import { closest } from 'fastest-levenshtein'
import { UsageError } from '../outcome.ts'
import { connectEngine } from '../targets/ephemeral/engine.ts'
import { plannedBase } from './base.ts'
import { type Catalogue, type PartSource, readCatalogue } from './catalogue.ts'
import { EngineUnusable, messageOf } from './failures.ts'
import { limitTo } from './limit.ts'
import { basesOnce, type ImageOutcome, obtain } from './obtain.ts'
import { presentImages, requireSpace } from './present.ts'
import { registryGate } from './registry.ts'
import { planPart } from './situation.ts'

/** Builds at once: package installation keeps a processor busy, and its downloads leave one idle. */
const BUILDS = 3

export interface EnsureOptions {
  readonly signal: AbortSignal
  /** What goes on, in lines such as `kafka: step 3/19, …`. */
  readonly onProgress: (text: string) => void
  /** Ask no registry. Default: where RUNBOOK_IMAGES is `stand-ins`. */
  readonly standInsOnly?: boolean
  readonly catalogue?: Catalogue
  readonly docker?: Dockerode
}

/**
 * Sees to it that the engine has an image of each of these parts: the pinned upstream one where a registry has it, otherwise its
 * stand-in, built where it is not there yet.
 * @throws UsageError on an unknown part, EngineUnusable where no engine answers, it is too old or its disk is full.
 */
export async function ensureImages(parts: readonly string[], options: EnsureOptions): Promise<Map<string, ImageOutcome>> {
  const { signal, onProgress, standInsOnly = process.env.RUNBOOK_IMAGES === 'stand-ins', catalogue = readCatalogue() } = options
  const sources = parts.map((part) => sourceOf(catalogue, part))
  const docker = options.docker ?? (await engine())
  const [plans, present] = await Promise.all([
    Promise.all(sources.map(async (source) => planPart(catalogue, source, await plannedBase(catalogue, source.suite)))),
    presentImages(
      docker,
      sources.map(({ upstream }) => upstream.text),
    ),
  ])
  const isComplete = plans.every(({ upstream, standIn }) => [upstream, standIn].some((one) => one && present.names.has(one.name)))
  if (!isComplete) await requireSpace(docker)
  const failing = new AbortController()
  const either = AbortSignal.any([signal, failing.signal])
  const onStep = (part: string, text: string) => onProgress(`${part}: ${text}`)
  const common = { docker, present, signal: either, onStep }
  const workshop = { ...common, standInsOnly, registries: registryGate(), builds: limitTo(BUILDS), baseMade: basesOnce(common) }
  const outcomes = plans.map(async (plan) => [plan.source.part, await obtain(workshop, plan)] as const)
  try {
    return new Map(await Promise.all(outcomes))
  } catch (error) {
    // What concerns the engine as a whole ends every other build too, before anybody hears of it.
    failing.abort(error)
    await Promise.allSettled(outcomes)
    throw error
  }
}

function sourceOf({ parts }: Catalogue, part: string): PartSource {
  const source = parts.get(part)
  if (source !== undefined) return source
  const known = [...parts.keys()]
  throw new UsageError(`no image "${part}"; did you mean "${closest(part, known)}"? Known: ${known.join(', ')}`)
}

async function engine(): Promise<Dockerode> {
  try {
    return (await connectEngine()).docker
  } catch (error) {
    throw new EngineUnusable(messageOf(error))
  }
}
