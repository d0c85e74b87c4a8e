import type { Check } from '../check.ts'
import { EFFECTS, type Effect } from '../effect.ts'
import { NotApplicable, Unobserved } from '../outcome.ts'
import type { Access } from '../probe.ts'
import type { Target } from '../targets/target.ts'

/** A line that a target can evaluate, with what its check says that it touches there. */
export interface EvaluatedLine {
  readonly id: string
  readonly suite: string
  readonly systems: readonly string[]
  /** What it does beyond looking, where that is load or more: such lines look only where a fault is about them. */
  readonly loud: Effect | undefined
}

/** The lines that a target evaluates, in the order given; those of parts that it lacks are left out. */
export function evaluatedLines(checks: readonly Check[], target: Target): EvaluatedLine[] {
  return checks.flatMap((check) => {
    const accesses = accessesOf(check, target)
    if (accesses === undefined) return []
    const systems = [...new Set(accesses.map(({ system }) => system))]
    return [{ id: check.id, suite: suiteOf(check), systems, loud: loudestOf(accesses) }]
  })
}

function accessesOf(check: Check, target: Target): Access[] | undefined {
  try {
    return check.accesses(target)
  } catch (error) {
    if (error instanceof NotApplicable || error instanceof Unobserved) return undefined
    throw error
  }
}

function suiteOf({ location }: Check): string {
  return location.split('/')[1] ?? ''
}

function loudestOf(accesses: readonly Access[]): Effect | undefined {
  const ranks = accesses.map(({ effect }) => EFFECTS.indexOf(effect))
  const loudest = Math.max(...ranks)
  return loudest >= EFFECTS.indexOf('load') ? EFFECTS[loudest] : undefined
}
