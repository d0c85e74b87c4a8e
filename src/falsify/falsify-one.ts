import { PATIENCE } from '../../fixtures/faults/index.ts'
import type { Check } from '../check.ts'
import type { EmbeddedTarget } from '../targets/embedded/index.ts'
import type { Fault, Seen } from './fault.ts'
import { differences, fingerprint, healed } from './fingerprint.ts'
import { type Looked, lookWith } from './look.ts'
import type { SeenLine, Sight } from './protocol.ts'

const REASON_CHARACTERS = 2_000

/** Lets checks look at a healthy target. */
export async function lookHealthy(target: EmbeddedTarget, checks: readonly Check[], signal: AbortSignal): Promise<Sight> {
  const start = performance.now()
  const at = new Date().toISOString()
  const before = await fingerprint(target.control)
  const lines = await seen(target, checks, signal)
  const left = await healed(target.control, before)
  const problems = left.map((what) => `looking left its traces: ${what}`)
  return { fault: null, at, ms: since(start), problems, usable: left.length === 0, lines }
}

/** Puts a fault into a healthy target, proves that it landed, lets checks look, takes it away and proves that nothing of it stayed. */
export async function falsifyOne(
  target: EmbeddedTarget,
  fault: Fault,
  checks: readonly Check[],
  signal: AbortSignal,
): Promise<Sight> {
  const start = performance.now()
  const at = new Date().toISOString()
  const { control } = target
  const before = await fingerprint(control)
  const undo = await fault.apply(control)
  const problems: string[] = []
  let lines: SeenLine[] = []
  try {
    const view = fault.see?.(target) ?? target
    const hasLanded = view !== target || differences(before, await fingerprint(control)).length > 0
    if (!hasLanded) problems.push('it changed nothing on the target')
    lines = await seen(view, checks, signal)
  } finally {
    await undo()
  }
  const left = await healed(control, before)
  problems.push(...left.map((what) => `it was taken away and is still there: ${what}`))
  return { fault: fault.id, at, ms: since(start), problems, usable: left.length === 0, lines }
}

async function seen({ spec, secrets }: Seen, checks: readonly Check[], signal: AbortSignal): Promise<SeenLine[]> {
  const impatient = { ...spec, limits: { ...PATIENCE, ...spec.limits } }
  return [...(await lookWith(checks, { spec: impatient, secrets }, { signal })).values()].map(seenLine)
}

function seenLine({ id, outcome, cause, reason, durationMs, limits }: Looked): SeenLine {
  return {
    id,
    outcome,
    cause: cause?.id ?? null,
    reason: reason.slice(0, REASON_CHARACTERS),
    durationMs,
    limits: [...new Set(limits.map(({ name }) => name))],
  }
}

function since(start: number): number {
  return Math.round(performance.now() - start)
}
