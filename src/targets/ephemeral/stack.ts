import type { PartPlan } from './part-plan.ts'

/** Something that is done once between the starts of parts, such as making the database. */
export interface Step {
  readonly needs: readonly string[]
  /** What it waits for as well, and can do without. */
  readonly wants?: readonly string[]
  /** Whether one of those is ready. */
  run(isReady: (name: string) => boolean): Promise<void>
}

export interface StackOptions {
  readonly plans: readonly PartPlan[]
  readonly steps: Readonly<Record<string, Step>>
  /** Parts that cannot be started at all, and why. */
  readonly absent: ReadonlyMap<string, string>
  start(plan: PartPlan): Promise<void>
  readonly signal: AbortSignal
  readonly onProgress: (text: string) => void
}

/** Why a part did not become ready, and which part that reason is about: itself, or one that it needs. */
export interface Failure {
  readonly root: string
  readonly reason: string
}

/** What did not become ready; those parts that did are not in it. */
export type Failures = ReadonlyMap<string, Failure>

/** Starts every part as soon as what it needs is ready; what needs a part that failed fails with that reason. @throws only where the signal is aborted. */
export async function startStack(options: StackOptions): Promise<Failures> {
  const failures = new Map<string, Failure>([...options.absent].map(([root, reason]) => [root, { root, reason }]))
  const begun = new Map<string, Promise<void>>()
  const ready = (name: string): Promise<void> => {
    const known = begun.get(name) ?? bring(name)
    begun.set(name, known)
    return known
  }
  const bring = async (name: string): Promise<void> => {
    const plan = options.plans.find((candidate) => candidate.name === name)
    const step = options.steps[name]
    if (failures.has(name) || (plan === undefined && step === undefined)) return
    const needs = plan?.needs ?? step?.needs ?? []
    await Promise.all([...needs, ...(step?.wants ?? [])].map(ready))
    const missing = needs.flatMap((need) => failures.get(need) ?? [])[0]
    if (missing !== undefined) return void failures.set(name, missing)
    options.signal.throwIfAborted()
    try {
      await (plan === undefined ? step?.run((other) => !failures.has(other)) : options.start(plan))
      options.onProgress(`${name} is ready`)
    } catch (error) {
      options.signal.throwIfAborted()
      failures.set(name, { root: name, reason: error instanceof Error ? error.message : String(error) })
    }
  }
  const all = [...options.plans.map(({ name }) => name), ...Object.keys(options.steps)].map(ready)
  // A start that is under way cannot be called back: all must have ended before anything can be removed for good.
  await Promise.allSettled(all)
  options.signal.throwIfAborted()
  await Promise.all(all)
  return failures
}
