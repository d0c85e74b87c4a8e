import type { Check } from '../check.ts'
import type { Phases } from '../report/falsification.ts'
import type { Seen } from './fault.ts'
import { differences, healed } from './fingerprint.ts'
import { type Looked, lookWith } from './look.ts'
import type { SeenLine, Sight } from './protocol.ts'
import type { Subject } from './subject.ts'

const REASON_CHARACTERS = 2_000

/** Lets checks look at a healthy target. */
export async function lookHealthy(subject: Subject, checks: readonly Check[], signal: AbortSignal): Promise<Sight> {
  const start = performance.now()
  const at = new Date().toISOString()
  const lines = await seen(subject.seen, checks, signal)
  const left = await healed(() => subject.fingerprint(), subject.baseline, subject.healingMs)
  const problems = left.map((what) => `looking left its traces: ${what}`)
  return { fault: null, at, ms: since(start), problems, usable: left.length === 0, lines }
}

/** Puts a fault into a healthy target, proves that it landed, lets checks look, takes it away and proves that nothing of it stayed. */
export async function falsifyOne(subject: Subject, id: string, checks: readonly Check[], signal: AbortSignal): Promise<Sight> {
  const start = performance.now()
  const at = new Date().toISOString()
  const { fault, undo } = await subject.put(id)
  const problems: string[] = []
  let lines: SeenLine[] = []
  const marks = [start]
  try {
    const view = fault.see?.(subject.seen) ?? subject.seen
    const isProven = view !== subject.seen || fault.provesItself === true
    const hasLanded = isProven || differences(subject.baseline, await subject.fingerprint()).length > 0
    if (!hasLanded) problems.push('it changed nothing on the target')
    marks.push(performance.now())
    lines = await seen(view, checks, signal)
  } finally {
    marks.push(performance.now())
    await undo()
  }
  const left = await healed(() => subject.fingerprint(), subject.baseline, subject.healingMs)
  problems.push(...left.map((what) => `it was taken away and is still there: ${what}`))
  const phases = phasesOf([...marks, performance.now()])
  return { fault: id, at, ms: since(start), phases, problems, usable: left.length === 0, lines }
}

async function seen(view: Seen, checks: readonly Check[], signal: AbortSignal): Promise<SeenLine[]> {
  return [...(await lookWith(checks, view, { signal })).values()].map(seenLine)
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

function phasesOf([begun = 0, put = 0, looked = 0, away = 0]: readonly number[]): Phases {
  return { putMs: Math.round(put - begun), lookMs: Math.round(looked - put), healMs: Math.round(away - looked) }
}

function since(start: number): number {
  return Math.round(performance.now() - start)
}
