import { randomUUID } from 'node:crypto'
import { globSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'vitest'
import { type Check, registeredChecks } from '../../../src/check.ts'
import { EFFECTS } from '../../../src/effect.ts'
import { evaluate } from '../../../src/evaluate.ts'
import { Observer } from '../../../src/observe.ts'
import { NotApplicable, Unobserved } from '../../../src/outcome.ts'
import type { CheckResult } from '../../../src/result.ts'
import type { Started } from '../../../src/targets/started.ts'
import { Target } from '../../../src/targets/target.ts'

export type Looked = Pick<CheckResult, 'id' | 'outcome' | 'reason' | 'durationMs'>

/** Every check of every suite, in the order of their files. */
export async function allChecks(): Promise<readonly Check[]> {
  for (const file of globSync('suites/**/*.test.ts').sort()) await import(pathToFileURL(path.resolve(file)).href)
  return registeredChecks()
}

/** Looks at a started target with these checks, each observation taken anew: the quiet ones at once, load and drills one by one. */
export async function lookAt(started: Started, checks: readonly Check[]): Promise<Looked[]> {
  const target = new Target(started.spec)
  const observer = new Observer({
    runId: randomUUID(),
    allows: started.spec.allow,
    secrets: started.secrets,
    onAccess: () => undefined,
  })
  const options = { target, expect, observer, clean: (raw: string) => raw, now: new Date(), signal: AbortSignal.timeout(300_000) }
  const [loud, quiet] = [checks.filter((check) => isLoud(check, target)), checks.filter((check) => !isLoud(check, target))]
  try {
    const looked: Looked[] = await Promise.all(quiet.map((check) => evaluate(check, options)))
    for (const check of loud) looked.push(await evaluate(check, options))
    return looked
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
