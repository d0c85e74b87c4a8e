import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import type { Check } from '../check.ts'
import { EFFECTS } from '../effect.ts'
import { evaluate } from '../evaluate.ts'
import { Observer } from '../observe.ts'
import { NotApplicable, Unobserved } from '../outcome.ts'
import type { CheckResult } from '../result.ts'
import type { Started } from '../targets/started.ts'
import { Target } from '../targets/target.ts'

export type Looked = Omit<CheckResult, 'connections'>

export interface LookOptions {
  /** The clock by which ages are judged; now where absent. */
  readonly now?: Date
  readonly signal?: AbortSignal
}

/** Lets checks look at a started target in this process, each observation taken anew: what only reads side by side, the others one by one. */
export async function lookWith(
  checks: readonly Check[],
  { spec, secrets }: Pick<Started, 'spec' | 'secrets'>,
  { now = new Date(), signal = new AbortController().signal }: LookOptions = {},
): Promise<Map<string, Looked>> {
  const target = new Target(spec)
  const observer = new Observer({ runId: randomUUID(), allows: EFFECTS, secrets, onAccess: () => undefined })
  const look = (check: Check): Promise<Looked> => evaluate(check, { target, expect, observer, clean: (raw) => raw, now, signal })
  try {
    const loud = checks.filter((check) => isLoud(check, target))
    const looked = await Promise.all(checks.filter((check) => !loud.includes(check)).map(look))
    for (const check of loud) if (!signal.aborted) looked.push(await look(check))
    return new Map(looked.map((one) => [one.id, one]))
  } finally {
    await observer.close()
  }
}

/** Whether it would spoil the figures of others, or others its own. */
export function isLoud(check: Check, target: Target): boolean {
  try {
    return check.accesses(target).some(({ effect }) => EFFECTS.indexOf(effect) >= EFFECTS.indexOf('load'))
  } catch (error) {
    if (error instanceof NotApplicable || error instanceof Unobserved) return false
    throw error
  }
}
