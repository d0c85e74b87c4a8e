import type { Base } from './base.ts'
import type { Catalogue, PartSource } from './catalogue.ts'
import { type ContextFile, standInContext, upstreamContext } from './context.ts'
import type { Situation } from './decide.ts'
import { fingerprint } from './fingerprint.ts'
import { builtName } from './names.ts'

/** One of the two images of a part, before it is had. */
export interface Candidate {
  /** What it is called at the engine: the pinned reference itself where it is pulled. */
  readonly name: string
  /** What it is built of; nothing where it is pulled. */
  files(): readonly ContextFile[]
}

/** A part with its two images named by all that they are made of. */
export interface PartPlan {
  readonly source: PartSource
  readonly upstream: Candidate
  readonly standIn: Candidate | undefined
  /** What the stand-in is built on. */
  readonly base: Base
}

/** Names a part's images. Reads every file that goes into them, and nothing of the engine. @throws UsageError where one is missing. */
export async function planPart(catalogue: Catalogue, source: PartSource, base: Base): Promise<PartPlan> {
  const [upstream, standIn] = await Promise.all([upstreamCandidate(catalogue, source), standInCandidate(catalogue, source, base)])
  return { source, upstream, standIn, base }
}

async function upstreamCandidate(catalogue: Catalogue, source: PartSource): Promise<Candidate> {
  if (source.isPulled) return { name: source.upstream.text, files: () => [] }
  const { own, identities, files } = upstreamContext(catalogue, source)
  return { name: builtName(source, 'upstream', await fingerprint([source.part, process.arch, ...identities], own)), files }
}

async function standInCandidate(catalogue: Catalogue, source: PartSource, base: Base): Promise<Candidate | undefined> {
  if (source.standIn === undefined) return undefined
  const { own, identities, files } = standInContext(catalogue, source, source.standIn)
  const words = [source.part, base.name, JSON.stringify(source.prepare ?? null), ...identities]
  return { name: builtName(source, 'stand-in', await fingerprint(words, own)), files }
}

/** What is known of a part before anything is fetched. */
export function situationOf(plan: PartPlan, present: ReadonlySet<string>, standInsOnly: boolean): Situation {
  return {
    standInsOnly,
    hasUpstream: present.has(plan.upstream.name),
    hasStandIn: plan.standIn !== undefined && present.has(plan.standIn.name),
    canStandIn: plan.standIn !== undefined,
  }
}
