import { expect } from 'vitest'
import { type Chaining, type Check, type Looking, registeredChecks } from '../../src/check.ts'
import { Limits } from '../../src/limits.ts'
import { Unobserved } from '../../src/outcome.ts'
import type { Access, Probe } from '../../src/probe.ts'
import type { Measurement } from '../../src/report/model.ts'
import type { RehearsalRecord } from '../../src/report/rehearsal-record.ts'
import { loadTarget } from '../../src/targets/load.ts'
import type { TargetSpec } from '../../src/targets/schema.ts'
import { Target } from '../../src/targets/target.ts'

interface JudgeOptions {
  readonly target?: Target
  readonly now?: Date
}

interface Judged {
  readonly measurements: readonly Omit<Measurement, 'id' | 'check'>[]
  readonly rehearsals: readonly RehearsalRecord[]
}

/** A target for judges that has every part, with what the test wants otherwise. */
export function testTarget(overrides: Partial<TargetSpec> = {}): Target {
  return new Target({ ...loadTarget('tests/support/target.yaml'), ...overrides })
}

/** Runs the judge of a declared check on given answers; rejects as the check would. The test imports the suite file first. */
export function judge(id: string, answers: unknown, options: JudgeOptions = {}): Promise<Judged> {
  return run(id, options, { observeAll: async () => answers as never })
}

/** Runs a chained check; `answer` plays the target and is asked for each observation. */
export function follow(
  id: string,
  answer: (access: Access, variant: string | undefined) => unknown,
  options: JudgeOptions = {},
): Promise<Judged> {
  const observe: Chaining['observe'] = async (probe) => answer(probe.access, probe.variant) as never
  return run(id, options, { observe, until: async <T>(probe: Probe<T>) => observe(probe) })
}

async function run(
  id: string,
  { target = testTarget(), now = new Date() }: JudgeOptions,
  observing: Partial<Looking>,
): Promise<Judged> {
  const measurements: Judged['measurements'][number][] = []
  const rehearsals: RehearsalRecord[] = []
  const limits = new Limits(target.spec.limits)
  const refuse = (): never => {
    throw new Error(`${id} asked for an observation that this test does not answer`)
  }
  await checkOf(id).run(target, {
    target,
    expect,
    now,
    atLeast: (name, value, unit) => limits.atLeast(name, value, unit, now),
    atMost: (name, value, unit) => limits.atMost(name, value, unit, now),
    measure: (measurement) => measurements.push(measurement),
    rehearsed: (record) => rehearsals.push(record),
    event: () => undefined,
    unobserved: (cause) => {
      throw new Unobserved(cause)
    },
    observe: refuse,
    until: refuse,
    observeAll: refuse,
    ...observing,
  })
  return { measurements, rehearsals }
}

function checkOf(id: string): Check {
  const check = registeredChecks().find((candidate) => candidate.id === id)
  if (check === undefined) throw new Error(`no check ${id} is registered; import its suite file first`)
  return check
}
