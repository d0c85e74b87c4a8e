import type { ExpectStatic } from 'vitest'
import { type Answers, type Chaining, flatten, type Looking, type Probes } from './check.ts'
import { asShown } from './forwarded.ts'
import { Limits } from './limits.ts'
import type { Observation, Observer } from './observe.ts'
import { Absent, type Cause, Unobserved, Unreachable } from './outcome.ts'
import type { Access, Probe } from './probe.ts'
import type { Evidence, Measurement, TimelineEvent } from './report/model.ts'
import type { RehearsalRecord } from './report/rehearsal-record.ts'
import type { Target } from './targets/target.ts'
import { until } from './wait.ts'

/** An address that the line promises said no: the line fails. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise'
  readonly rootCause: Cause

  constructor(cause: Cause) {
    super(cause.text)
    this.rootCause = cause
  }
}

export interface LookOptions {
  readonly id: string
  readonly target: Target
  readonly expect: ExpectStatic
  readonly observer: Observer
  readonly declared: readonly Access[]
  /** Removes secrets and caps the length of what is kept as evidence. */
  readonly clean: (raw: string) => string
  readonly now: Date
  readonly signal: AbortSignal
}

const POLL_MS = 50

/** One check's look at the target: it hands out what the check may use, and remembers what became of it. */
export class Look implements Looking {
  readonly target: Target
  readonly expect: ExpectStatic
  readonly now: Date
  readonly evidence: Evidence[] = []
  readonly measurements: Measurement[] = []
  readonly timeline: TimelineEvent[] = []
  rehearsal: RehearsalRecord | undefined
  readonly limits: Limits
  readonly #options: LookOptions

  constructor(options: LookOptions) {
    this.#options = options
    this.target = options.target
    this.expect = options.expect
    this.now = options.now
    this.limits = new Limits(options.target.spec.limits)
  }

  // Bound, since judges take these apart: ({ expect, atLeast }) => …
  readonly atLeast = (name: string, value: number, unit: string): number => this.limits.atLeast(name, value, unit, this.now)
  readonly atMost = (name: string, value: number, unit: string): number => this.limits.atMost(name, value, unit, this.now)

  readonly measure = (measurement: Omit<Measurement, 'id' | 'check'>): void => {
    const { id } = this.#options
    this.measurements.push({ id: `${id}/${measurement.name}`, check: id, ...measurement })
  }

  readonly rehearsed = (record: RehearsalRecord): void => {
    this.rehearsal = record
  }

  readonly event = (event: Omit<TimelineEvent, 'at'> & { readonly at?: string }): void => {
    this.timeline.push({ at: new Date().toISOString(), ...event })
  }

  readonly unobserved = (cause: Cause): never => {
    throw new Unobserved(cause)
  }

  readonly observe: Chaining['observe'] = async (probe) => {
    this.#requireDeclared(probe.access)
    const observation = await this.#options.observer.fresh(probe, this.#options.signal)
    this.#remember(observation, 1)
    return answerOf(observation)
  }

  readonly until: Chaining['until'] = async (probe, holds, deadlineMs) => {
    this.#requireDeclared(probe.access)
    let attempt = 0
    const last = await until(
      async () => {
        attempt += 1
        this.#options.observer.retry(probe.access.address)
        const observation = await this.#options.observer.fresh(probe, this.#options.signal)
        this.#remember(observation, attempt)
        return observation
      },
      (observation) => observation.reading !== undefined && holds(observation.reading.value),
      { deadlineMs, everyMs: POLL_MS, signal: this.#options.signal },
    )
    return answerOf(last)
  }

  async observeAll<P extends Probes>(probes: P): Promise<Answers<P>> {
    const observations = new Map<Probe<unknown>, Observation<unknown>>()
    await Promise.all(
      flatten(probes).map(async (probe) => {
        observations.set(probe, await this.#options.observer.shared(probe, this.#options.signal))
      }),
    )
    // In the declared order, so that the report reads the same every time.
    const inOrder = flatten(probes).flatMap((probe) => observations.get(probe) ?? [])
    for (const observation of inOrder) this.#remember(observation, 1)
    const answers = new Map(flatten(probes).map((probe, index) => [probe, answerOf(withPromise(inOrder[index], probe))]))
    return shapeLike(probes, answers) as Answers<P>
  }

  #requireDeclared(access: Access): void {
    const isDeclared = this.#options.declared.some(
      (declared) =>
        declared.system === access.system &&
        declared.address === access.address &&
        declared.operation === access.operation &&
        declared.effect === access.effect,
    )
    if (isDeclared) return
    throw new Error(
      `${access.operation} on ${access.system} (${access.address}, ${access.effect}) was not declared by ${this.#options.id}; declare it or do not observe it`,
    )
  }

  #remember(observation: Observation<unknown>, attempt: number): void {
    const { probe, reading, error, startedAt, ms } = observation
    const { system, address, operation, reproduce } = asShown(this.target.spec.forwarded, probe.access)
    this.evidence.push({
      probe: probe.kind,
      access: `${operation} on ${system} (${address})`,
      reproduce: this.#options.clean(reproduce),
      raw: this.#options.clean(reading?.raw ?? (error instanceof Absent ? error.raw : error?.message) ?? ''),
      origin: reading?.origin ?? 'real',
      startedAt: startedAt.toISOString(),
      ms: Math.round(ms * 100) / 100,
      attempt,
    })
  }
}

/** A shared observation may have been taken by another check's probe: what this line promises is this probe's to say. */
function withPromise<T>(observation: Observation<T> | undefined, probe: Probe<T>): Observation<T> {
  if (observation === undefined) throw new Error(`${probe.access.operation} was declared and not observed`)
  return { ...observation, probe }
}

function answerOf<T>({ probe, reading, error }: Observation<T>): T {
  if (reading !== undefined) return reading.value
  if (error instanceof Unreachable && error.refused && probe.promised === true) throw new BrokenPromise(error.rootCause)
  throw error ?? new Error('an observation without reading or error')
}

function shapeLike(probes: Probes, answers: ReadonlyMap<Probe<unknown>, unknown>): unknown {
  const answer = (entry: Probe<unknown> | readonly Probe<unknown>[]): unknown =>
    Array.isArray(entry) ? entry.map((probe) => answers.get(probe)) : answers.get(entry as Probe<unknown>)
  if (Array.isArray(probes)) return answer(probes)
  const flat = flatten(probes)
  if (flat.length === 1 && flat[0] === probes) return answer(flat[0])
  return Object.fromEntries(Object.entries(probes).map(([name, entry]) => [name, answer(entry)]))
}
