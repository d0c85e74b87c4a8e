import { expect } from 'vitest'
import type { Check } from '../../src/check.ts'
import { EFFECTS } from '../../src/effect.ts'
import { evaluate } from '../../src/evaluate.ts'
import { Observer } from '../../src/observe.ts'
import { NotApplicable, Unobserved } from '../../src/outcome.ts'
import type { CheckResult } from '../../src/result.ts'
import type { Started } from '../../src/targets/started.ts'
import { Target } from '../../src/targets/target.ts'

export type Result = Omit<CheckResult, 'connections'>

/** Lets checks look at a started target, in this process: what only reads side by side, the others alone. */
export async function lookWith(
  checks: readonly Check[],
  started: Started,
  { now = new Date() } = {},
): Promise<Map<string, Result>> {
  const target = new Target(started.spec)
  const observer = new Observer({
    runId: crypto.randomUUID(),
    allows: EFFECTS,
    secrets: started.secrets,
    forwarded: started.spec.forwarded,
    onAccess: () => undefined,
  })
  const look = (check: Check): Promise<Result> =>
    evaluate(check, { target, expect, observer, clean: (raw) => raw, now, signal: new AbortController().signal })
  try {
    const loud = checks.filter((check) => isLoud(check, target))
    const results = await Promise.all(checks.filter((check) => !loud.includes(check)).map(look))
    for (const check of loud) results.push(await look(check))
    return new Map(results.map((result) => [result.id, result]))
  } finally {
    await observer.close()
  }
}

function isLoud(check: Check, target: Target): boolean {
  try {
    return check.accesses(target).some(({ effect }) => EFFECTS.indexOf(effect) >= EFFECTS.indexOf('load'))
  } catch (error) {
    if (error instanceof NotApplicable || error instanceof Unobserved) return false
    throw error
  }
}
