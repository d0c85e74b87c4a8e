import type { ExpectStatic } from 'vitest'
import type { Cause } from './outcome.ts'
import type { Access, Probe, ProbeTemplate } from './probe.ts'
import type { Measurement, TimelineEvent } from './report/model.ts'
import type { RehearsalRecord } from './report/rehearsal-record.ts'
import type { Target } from './targets/target.ts'

/** Probes as a check declares them: one, a list, or a record of either. */
export type Probes =
  | Probe<unknown>
  | readonly Probe<unknown>[]
  | { readonly [name: string]: Probe<unknown> | readonly Probe<unknown>[] }

/** The answers, in the shape in which the probes were declared. */
export type Answers<P> = P extends Probe<infer T> ? T : { [K in keyof P]: Answers<P[K]> }

/** What a judge may use besides the answers. */
export interface Judging {
  readonly target: Target
  readonly expect: ExpectStatic
  /** The least value that passes: the runbook's, or the target file's own. Shown in the report. */
  atLeast(name: string, runbookValue: number, unit: string): number
  /** The greatest value that passes: the runbook's, or the target file's own. Shown in the report. */
  atMost(name: string, runbookValue: number, unit: string): number
  /** Puts a measured figure into the report. */
  measure(measurement: Omit<Measurement, 'id' | 'check'>): void
  /** Puts into report and history that a backup was restored for trial. */
  rehearsed(record: RehearsalRecord): void
  /** Ends the check as unobserved: it could not look. */
  unobserved(cause: Cause): never
  /** The time of the run's start, for ages and expiries. */
  readonly now: Date
}

/** What a chained check may use: it observes step by step what it declared. */
export interface Chaining extends Judging {
  /** Takes one fresh observation. @throws where the probe's access was not declared. */
  observe<T>(probe: Probe<T>): Promise<T>
  /** Observes again and again until the predicate holds; keeps every attempt's evidence. Returns the last answer, whether it holds or not, at the deadline. */
  until<T>(probe: Probe<T>, holds: (value: T) => boolean, deadlineMs: number): Promise<T>
  /** Puts an event onto the report's timeline: now, or at the UTC time given. */
  event(event: Omit<TimelineEvent, 'at'> & { readonly at?: string }): void
}

/** What a chained check declares: probes, and templates of probes whose parameters it learns on the way. */
export type Chain = { readonly [name: string]: Probe<unknown> | ProbeTemplate<never, unknown> }

/** A check, bound to the line of the same id. */
export interface Check {
  readonly id: string
  readonly sentence: string
  /** Where it was declared, `suites/preflight/machine.test.ts:12`. */
  readonly location: string
  /** What it touches on that target. @throws NotApplicable or Unobserved where the target lacks the part. */
  accesses(target: Target): Access[]
  /** Looks and judges. */
  run(target: Target, looking: Looking): Promise<void>
}

/** What the engine lends to a check while it runs. */
export interface Looking extends Chaining {
  /** Takes the observations that the check declared, each once a run; concurrently. */
  observeAll<P extends Probes>(probes: P): Promise<Answers<P>>
}

type Judge<P> = (answers: Answers<P>, judging: Judging) => void | Promise<void>

/** Binds a check that reads a fixed list of things and judges the answers. */
export function check<P extends Probes>(id: string, sentence: string, declare: (target: Target) => P, judge: Judge<P>): void {
  register({
    id,
    sentence,
    location: callerLocation(),
    accesses: (target) => flatten(declare(target)).map((probe) => probe.access),
    async run(target, looking) {
      const probes = declare(target)
      if (flatten(probes).length === 0) throw new Error('the check declares no observation on this target, so it proves nothing')
      await judge(await looking.observeAll(probes), looking)
    },
  })
}

/** Binds a check that observes step by step, each answer leading to the next question. */
export function chain<C extends Chain>(
  id: string,
  sentence: string,
  declare: (target: Target) => C,
  run: (declared: C, looking: Chaining) => Promise<void>,
): void {
  register({
    id,
    sentence,
    location: callerLocation(),
    accesses: (target) => Object.values(declare(target)).map((link) => link.access),
    run: (target, looking) => run(declare(target), looking),
  })
}

const registered: Check[] = []

/** Every check that was declared so far, doubles included: binding judges them. */
export function registeredChecks(): readonly Check[] {
  return registered
}

function register(entry: Check): void {
  registered.push(entry)
}

/** The probes of a declaration, in order, whatever its shape. */
export function flatten(probes: Probes): Probe<unknown>[] {
  if (isProbe(probes)) return [probes]
  return Object.values(probes).flatMap((entry: Probe<unknown> | readonly Probe<unknown>[]) =>
    isProbe(entry) ? [entry] : [...entry],
  )
}

function isProbe(value: Probes): value is Probe<unknown> {
  return 'read' in value && typeof value.read === 'function'
}

/** File and line of the suite that called check() or chain(), relative to the working directory. */
function callerLocation(): string {
  const frame = new Error().stack?.split('\n')[3] ?? ''
  const place = /(?:file:\/\/)?(\/[^\s()]+:\d+):\d+/.exec(frame)?.[1]
  return place === undefined ? 'an unknown place' : place.replace(`${process.cwd()}/`, '')
}
