import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type Dockerode from 'dockerode'
import { copyLocalAuthorities } from './authorities.ts'
import { type Base, ensureBase } from './base.ts'
import { build } from './build.ts'
import type { Prepare } from './catalogue.ts'
import { type ContextFile, filesUnder } from './context.ts'
import { firstWay, type Way, withoutRegistry } from './decide.ts'
import { ImageFailed } from './failures.ts'
import type { Limit } from './limit.ts'
import { digestOf, type PresentImages } from './present.ts'
import { pull } from './pull.ts'
import type { registryGate } from './registry.ts'
import { type Candidate, type PartPlan, situationOf } from './situation.ts'
import { runTool, ToolMissing } from './tool.ts'

/** An image that the engine has. */
export interface ObtainedImage {
  /** What a container is started from. */
  readonly image: string
  /** The registry's digest where it was pulled, the engine's id of it where it was built here. */
  readonly digest: string
  readonly origin: 'upstream' | 'stand-in'
}

/** An image that cannot be had here, and why. `isFailure`: something went wrong; otherwise there simply is no way to it. */
export interface UnobtainableImage {
  readonly unobtainable: string
  readonly isFailure: boolean
}

export type ImageOutcome = ObtainedImage | UnobtainableImage

/** What the parts of one run share. */
export interface Workshop {
  readonly docker: Dockerode
  readonly present: PresentImages
  readonly standInsOnly: boolean
  readonly registries: ReturnType<typeof registryGate>
  /** How many builds may run at once. */
  readonly builds: Limit
  /** Makes a base, once however many ask. */
  readonly baseMade: (base: Base) => Promise<string>
  readonly signal: AbortSignal
  readonly onStep: (part: string, text: string) => void
}

/** Gets a part's image in the first way that works. @throws EngineUnusable, the signal's reason; everything else is part of the outcome. */
export async function obtain(workshop: Workshop, plan: PartPlan): Promise<ImageOutcome> {
  const situation = situationOf(plan, workshop.present.names, workshop.standInsOnly)
  const way = firstWay(situation)
  if (way !== 'fetch-upstream') return go(workshop, plan, way, undefined)
  try {
    return await fetchUpstream(workshop, plan)
  } catch (error) {
    if (!(error instanceof ImageFailed)) throw error
    return go(workshop, plan, withoutRegistry(situation), error.message)
  }
}

async function go(workshop: Workshop, plan: PartPlan, way: Way, whyNotUpstream: string | undefined): Promise<ImageOutcome> {
  if (way === 'use-upstream') return had(workshop, plan.upstream, 'upstream')
  const { standIn } = plan
  if (way === 'none' || standIn === undefined) return { unobtainable: noWay(plan, whyNotUpstream), isFailure: false }
  if (way === 'use-stand-in') return had(workshop, standIn, 'stand-in')
  try {
    return await buildStandIn(workshop, plan, standIn)
  } catch (error) {
    if (!(error instanceof ImageFailed)) throw error
    const failed = `${error.message}${whyNotUpstream === undefined ? '' : `\n(a stand-in was tried because ${whyNotUpstream})`}`
    // A tool that this machine lacks is a way that is closed, not one that broke.
    return { unobtainable: failed, isFailure: !(error instanceof ToolMissing) }
  }
}

function noWay({ source }: PartPlan, whyNotUpstream: string | undefined): string {
  return `${whyNotUpstream ?? 'no registry was asked'}; no stand-in: ${source.unobtainable}`
}

async function fetchUpstream(workshop: Workshop, plan: PartPlan): Promise<ObtainedImage> {
  const { docker, signal, present } = workshop
  const { part, upstream, isPulled } = plan.source
  const onStep = (text: string) => workshop.onStep(part, text)
  if (!present.names.has(upstream.text))
    await workshop.registries(upstream.registry, (onAnswer) => pull(docker, upstream, { signal, onStep, onAnswer }))
  if (!isPulled)
    await workshop.builds(() => build(docker, { name: plan.upstream.name, files: plan.upstream.files(), signal, onStep }))
  return had(workshop, plan.upstream, 'upstream')
}

async function buildStandIn(workshop: Workshop, plan: PartPlan, candidate: Candidate): Promise<ObtainedImage> {
  const { docker, signal } = workshop
  const { part, standIn: directory = '', prepare } = plan.source
  const onStep = (text: string) => workshop.onStep(part, text)
  const made = await mkdtemp(path.join(tmpdir(), 'runbook-image-'))
  try {
    await workshop.builds(async () => {
      const options = { signal, onStep }
      const prepared = prepare === undefined ? undefined : prepareIn(made, directory, prepare, options)
      // Both are waited for, so that nothing is still writing when the directory goes.
      const [base, preparation] = await Promise.allSettled([workshop.baseMade(plan.base), prepared])
      if (base.status === 'rejected') throw base.reason
      if (preparation.status === 'rejected') throw preparation.reason
      const files = [...candidate.files(), ...builtFiles(made)]
      await build(docker, { name: candidate.name, files, arguments: { BASE: base.value }, ...options })
    })
  } finally {
    await rm(made, { recursive: true, force: true })
  }
  return had(workshop, candidate, 'stand-in')
}

function builtFiles(made: string): ContextFile[] {
  return filesUnder(made, 'built')
}

async function prepareIn(
  out: string,
  directory: string,
  { command, environment, optional }: Prepare,
  { signal, onStep }: { readonly signal: AbortSignal; readonly onStep: (text: string) => void },
): Promise<void> {
  const argv = command.map((word) => word.replaceAll('{out}', out))
  onStep(`running ${command[0]} on this machine`)
  try {
    await runTool(argv, { directory, environment, signal })
  } catch (error) {
    if (!(optional && error instanceof ToolMissing)) throw error
    await copyLocalAuthorities(out)
    onStep(`${error.message}; the build fetches for itself`)
  }
}

async function had({ docker }: Workshop, { name }: Candidate, origin: ObtainedImage['origin']): Promise<ObtainedImage> {
  return { image: name, digest: await digestOf(docker, name), origin }
}

/** Makes each base at most once. */
export function basesOnce(workshop: Pick<Workshop, 'docker' | 'present' | 'signal' | 'onStep'>): Workshop['baseMade'] {
  const made = new Map<string, Promise<string>>()
  const { docker, present, signal } = workshop
  const make = (base: Base) =>
    ensureBase(docker, base, { present: present.names, signal, onStep: (text) => workshop.onStep('base', text) })
  return (base) => {
    const known = made.get(base.name) ?? make(base)
    made.set(base.name, known)
    return known
  }
}
