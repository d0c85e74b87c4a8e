import type { ExpectStatic } from 'vitest'
import type { Check } from './check.ts'
import { LooserLimit } from './limits.ts'
import { BrokenPromise, Look, type LookOptions } from './look.ts'
import { NotApplicable, Unobserved } from './outcome.ts'
import { redactWhole } from './redact/whole.ts'
import type { Failure } from './report/model.ts'
import type { CheckResult } from './result.ts'

type Options = Omit<LookOptions, 'id' | 'declared'> & { readonly expect: ExpectStatic }

/** Lets one check look and judge, and tells how it ended. Never throws: a defect of the check is a failure of it. */
export async function evaluate(check: Check, options: Options): Promise<Omit<CheckResult, 'connections'>> {
  const start = performance.now()
  let look: Look | undefined
  const end = (ending: Pick<CheckResult, 'outcome' | 'reason' | 'cause' | 'failure'>): Omit<CheckResult, 'connections'> => ({
    id: check.id,
    durationMs: Math.round((performance.now() - start) * 100) / 100,
    ...ending,
    limits: look?.limits.used ?? [],
    evidence: (look?.evidence ?? []).map((one) => ({ ...one, access: options.clean(one.access) })),
    measurements: redactWhole(look?.measurements ?? [], options.clean),
    timeline: redactWhole(look?.timeline ?? [], options.clean),
    ...(look?.rehearsal === undefined ? {} : { rehearsal: redactWhole(look.rehearsal, options.clean) }),
  })
  const { expect, calls } = counting(options.expect)
  try {
    look = new Look({ ...options, expect, id: check.id, declared: check.accesses(options.target) })
    await check.run(options.target, look)
    if (look.evidence.length === 0) throw new Error('the check observed nothing, so it proves nothing')
    if (calls() === 0) throw new Error('the check asserted nothing, so it proves nothing')
    return end({ outcome: 'passed', reason: '', cause: null, failure: null })
  } catch (error) {
    return end(endingOf(error, options.clean))
  }
}

function endingOf(error: unknown, clean: (raw: string) => string): Pick<CheckResult, 'outcome' | 'reason' | 'cause' | 'failure'> {
  if (error instanceof NotApplicable) return { outcome: 'skipped', reason: error.message, cause: null, failure: null }
  if (error instanceof Unobserved) {
    const cause = { id: error.rootCause.id, text: clean(error.rootCause.text) }
    return { outcome: 'unobserved', reason: cause.text, cause, failure: null }
  }
  const failure = failureOf(error, clean)
  const cause = error instanceof BrokenPromise ? { id: error.rootCause.id, text: failure.message } : null
  return { outcome: 'failed', reason: failure.message, cause, failure }
}

function failureOf(error: unknown, clean: (raw: string) => string): Failure {
  if (!(error instanceof Error)) return { message: clean(String(error)), expected: '', actual: '' }
  const { expected, actual } = error as { expected?: unknown; actual?: unknown }
  const isVerdict = error.name === 'AssertionError' || error instanceof BrokenPromise || error instanceof LooserLimit
  const message = isVerdict ? error.message : `the check itself broke: ${error.stack ?? error.message}`
  return { message: clean(message), expected: clean(inWords(expected)), actual: clean(inWords(actual)) }
}

function inWords(value: unknown): string {
  if (value === undefined) return ''
  if (typeof value === 'string') return value
  try {
    return JSON.stringify(value, null, 2) ?? String(value)
  } catch (error) {
    return `(${typeof value} that cannot be shown: ${error instanceof Error ? error.message : String(error)})`
  }
}

/** Counts what a check asserts: a check without an assertion cannot fail. vitest's own count is one for all checks that run at once. */
function counting(expect: ExpectStatic): { readonly expect: ExpectStatic; calls(): number } {
  let calls = 0
  const counted = new Proxy(expect, {
    apply(real, self, argv) {
      calls += 1
      return Reflect.apply(real, self, argv)
    },
  })
  return { expect: counted, calls: () => calls }
}
