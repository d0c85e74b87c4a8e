import type { BoundLine } from '../bind.ts'
import { countsOf, coverageOf, type Ending, verdictOf } from '../report/assemble.ts'
import type { Falsification } from '../report/falsification.ts'
import type { CheckEntry, Report } from '../report/model.ts'
import { lastRealRestore, type RehearsalRecord, restoreSentence } from '../report/rehearsal-record.ts'
import type { CheckResult } from '../result.ts'
import { recordOfFacts } from '../standing/release-facts.ts'
import { factsOfFound, type ReleaseFound } from '../standing/release-found.ts'
import type { TargetSpec } from '../targets/schema.ts'
import type { Started } from '../targets/started.ts'
import { endedEntry, entryOf, plannedEntry, type SignOffs, waivedEntry } from './entries.ts'
import { LineCourse } from './line-course.ts'
import type { Planned } from './plan.ts'
import type { SettleRound, SettleSpec } from './settling.ts'
import type { Standing } from './standing.ts'

export interface RunReportOptions {
  readonly run: Pick<
    Report['run'],
    'id' | 'commit' | 'dirty' | 'versions' | 'ticket' | 'operator' | 'origin' | 'inputs' | 'selection'
  >
  readonly startedAt: Date
  readonly spec: TargetSpec
  readonly runbook: readonly BoundLine[]
  readonly planned: readonly Planned[]
  readonly signOffs: SignOffs
  /** How long and how often the reading lines are looked at again. */
  readonly settle?: SettleSpec | undefined
  /** Which lines a falsification has seen red. */
  readonly falsification?: Falsification | undefined
}

/** The report of a run while it grows; at every moment a valid one that says how far it got. */
export class RunReport {
  readonly #options: RunReportOptions
  readonly #report: Report
  readonly #entries: Map<string, CheckEntry>
  readonly #courses = new Map<string, LineCourse>()
  #rehearsed: readonly RehearsalRecord[] = []
  #found: ReleaseFound | undefined

  constructor(options: RunReportOptions) {
    this.#options = options
    const { runbook, planned, spec, signOffs, startedAt, falsification, settle } = options
    const seen = new Map(falsification?.lines.map(({ id, lastSeenRed }) => [id, lastSeenRed]))
    this.#entries = new Map(runbook.map((bound) => [bound.line.id, withLastSeen(entryOf(bound, spec.escalation), seen)]))
    for (const fate of planned) {
      const entry = plannedEntry(this.#entry(fate.line.id), fate, signOffs, startedAt)
      this.#entries.set(fate.line.id, waivedEntry(entry, spec.name, signOffs, startedAt))
    }
    this.#report = {
      schema: 'omninode-runbook/report@1',
      run: { ...options.run, startedAt: startedAt.toISOString(), finishedAt: null, durationMs: 0, exitCode: null },
      target: describeTarget(spec),
      verdict: 'interrupted',
      counts: countsOf([]),
      coverage: coverageOf([]),
      checks: [],
      measurements: [],
      timeline: [],
      diagnostics: [],
      ...(settle === undefined ? {} : { settle: { ...settle, looks: 0, lastAt: null } }),
    }
  }

  /** The report as it stands. */
  get current(): Report {
    const checks = [...this.#entries.values()].map((entry) => this.#withCourse(entry))
    const durationMs = Date.now() - this.#options.startedAt.getTime()
    return {
      ...this.#report,
      run: { ...this.#report.run, durationMs },
      checks,
      counts: countsOf(checks),
      coverage: coverageOf(checks),
    }
  }

  /** Adds what is known of the target only once it has started. */
  targetStarted({ parts, release, notes, hosts }: Pick<Started, 'parts' | 'release' | 'notes' | 'hosts'>): void {
    Object.assign(this.#report.target, {
      parts: [...parts],
      release: { ...release },
      notes: [...this.#report.target.notes, ...notes],
    })
    if (hosts !== undefined) this.#report.target.hosts = [...hosts]
  }

  /** Adds how one check ended. */
  record(result: CheckResult): CheckEntry {
    if (this.#report.settle !== undefined) this.#courses.set(result.id, new LineCourse(result, new Date()))
    for (const connection of result.connections) this.#connected(connection)
    return this.#enter(result)
  }

  /** Adds another look at the reading lines: each is as its worst moment, and keeps the times of every change. */
  settled({ at, looked, changed, connections }: SettleRound): void {
    Object.assign(this.#report, { settle: { ...this.#report.settle, looks: (this.#report.settle?.looks ?? 0) + 1, lastAt: at } })
    for (const connection of connections) this.#connected(connection)
    for (const id of looked) this.#courses.get(id)?.lookedAgain()
    for (const result of changed) {
      const course = this.#courses.get(result.id)
      if (course === undefined) throw new Error(`another look at ${result.id}, which had not ended before`)
      if (course.changed(result, at)) this.#replace(result)
      this.#report.timeline.push({ at, phase: 'settling', event: `${result.id} ${result.outcome}`, store: '' })
    }
  }

  /** What was found to be released there; undefined where nobody looked. */
  get found(): ReleaseFound | undefined {
    return this.#found
  }

  /** Adds what was read beside the lines. */
  standing({ release, loss }: Standing, connections: Report['target']['connections']): void {
    for (const connection of connections) this.#connected(connection)
    if (loss !== undefined) Object.assign(this.#report, { rollbackLoss: loss })
    if (release === undefined) return
    this.#found = release
    const { target } = this.#report
    target.release = { ...target.release, ...recordOfFacts(factsOfFound(release, (name) => serviceOf(this.#options.spec, name))) }
  }

  /** Takes note of the restores that earlier runs rehearsed. */
  rehearsedBefore(records: readonly RehearsalRecord[]): void {
    this.#rehearsed = records
  }

  /** Adds a sentence to the report's head. */
  note(sentence: string): void {
    this.#report.target.notes.push(sentence)
  }

  /** Adds what was collected because something failed. */
  diagnosed(diagnostics: Report['diagnostics']): void {
    this.#report.diagnostics.push(...diagnostics)
  }

  /** Every check that was to look and has not ended is unobserved through that cause. */
  unobservedRest(cause: { readonly id: string; readonly text: string }): void {
    for (const { line, fate } of this.#options.planned) {
      const entry = this.#entry(line.id)
      if (fate === 'look' && entry.outcome === null) {
        this.#entries.set(line.id, { ...entry, outcome: 'unobserved', reason: cause.text, cause: { ...cause } })
      }
    }
  }

  /** Closes the report with verdict and exit code. */
  finish(ending: Ending): Report {
    const { verdict, exitCode } = verdictOf(this.current, ending)
    const finishedAt = new Date().toISOString()
    this.#report.target.notes.push(...this.#unusedLimits(), this.#lastRestore())
    this.#report.timeline.sort((a, b) => a.at.localeCompare(b.at))
    Object.assign(this.#report, { verdict, run: { ...this.current.run, finishedAt, exitCode } })
    return this.current
  }

  #enter(result: Omit<CheckResult, 'connections'>): CheckEntry {
    const { spec, signOffs, startedAt } = this.#options
    const entry = waivedEntry(endedEntry(this.#entry(result.id), result), spec.name, signOffs, startedAt)
    this.#entries.set(result.id, entry)
    this.#report.measurements.push(...result.measurements)
    this.#report.timeline.push(...result.timeline)
    if (result.rehearsal !== undefined) Object.assign(this.#report, { rehearsal: result.rehearsal })
    return entry
  }

  /** A worse moment of a line takes the place of what was found before, its figures included. */
  #replace(result: Omit<CheckResult, 'connections'>): void {
    Object.assign(this.#report, { measurements: this.#report.measurements.filter(({ check }) => check !== result.id) })
    this.#enter(result)
  }

  #entry(id: string): CheckEntry {
    const entry = this.#entries.get(id)
    if (entry === undefined) throw new Error(`a result for ${id}, which is no line of the runbook`)
    return entry
  }

  #withCourse(entry: CheckEntry): CheckEntry {
    const course = this.#courses.get(entry.id)
    return course === undefined || course.settled.looks === 1 ? entry : { ...entry, settled: course.settled }
  }

  /** When a real backup last came back, in this run or an earlier one. */
  #lastRestore(): string {
    const own = this.#report.rehearsal === undefined ? [] : [this.#report.rehearsal]
    return restoreSentence(lastRealRestore([...this.#rehearsed, ...own]), new Date())
  }

  /** A limit that no check asked for is probably misspelt; only a whole run can tell. */
  #unusedLimits(): string[] {
    const { run, spec } = this.#options
    const entries = [...this.#entries.values()]
    if (run.selection !== '' || entries.some(({ outcome }) => outcome === null)) return []
    const used = new Set(entries.flatMap(({ limits }) => limits.map(({ name }) => name)))
    return Object.keys(spec.limits)
      .filter((name) => !used.has(name))
      .map((name) => `The target file sets limits.${name}, which no check of this run asked for: is it misspelt?`)
  }

  #connected({ system, address, effect, count }: Report['target']['connections'][number]): void {
    const { connections } = this.#report.target
    const known = connections.find((one) => one.system === system && one.address === address && one.effect === effect)
    if (known === undefined) connections.push({ system, address, effect, count })
    else known.count += count
  }
}

/** The target's own name of a compose service. */
function serviceOf({ services }: TargetSpec, compose: string): string {
  return Object.entries(services).find(([name, { container }]) => (container ?? name) === compose)?.[0] ?? compose
}

/** Without a falsification the entry says nothing; with one, also that the line was never seen red. */
function withLastSeen(entry: CheckEntry, seen: ReadonlyMap<string, CheckEntry['lastSeenRed']>): CheckEntry {
  return seen.has(entry.id) ? { ...entry, lastSeenRed: seen.get(entry.id) } : entry
}

function describeTarget(spec: TargetSpec): Report['target'] {
  const hosts = Object.entries(spec.hosts).map(([role, { shell, address }]) => ({
    role,
    account: `${shell} ${address}`,
    hostKey: '',
  }))
  const { name, kind, environment, allow } = spec
  return { name, kind, environment, allows: [...allow], hosts, connections: [], parts: [], release: {}, notes: [] }
}
