import { Observer } from '../observe.ts'
import { cap, createRedactor } from '../redact.ts'
import type { Report } from '../report/model.ts'
import type { CheckResult } from '../result.ts'
import type { TargetSpec } from '../targets/schema.ts'
import { Target } from '../targets/target.ts'
import type { SettleRound, SettleSpec } from './settling.ts'
import type { Standing } from './standing.ts'
import type { StandingWanted } from './standing-wanted.ts'

/** One target as the command line hands it to the test worker; plain data. */
export interface TargetContext {
  readonly runId: string
  readonly now: string
  readonly spec: TargetSpec
  readonly secrets: Readonly<Record<string, string>>
  /** Ids of the checks to look with. */
  readonly selected: readonly string[]
  /** To be watched after the first look; absent: it is looked at once. */
  readonly settle?: SettleSpec
  /** What is read for the report once every line has ended. */
  readonly standing: StandingWanted
}

/** What the command line hands to the test worker; plain data. */
export interface RunContext {
  readonly targets: readonly TargetContext[]
  /** How many of them are looked at at the same time. */
  readonly atOnce: number
  /** Absolute paths of the suites that hold the selected checks, in the runbook's order. */
  readonly suites: readonly string[]
  /** The run's own directory, gone when the run is. */
  readonly directory: string
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly runbook: RunContext
  }
  interface TaskMeta {
    result?: CheckResult
    /** Another look at the reading lines. */
    settled?: SettleRound
    /** What was read for the report. */
    standing?: Standing
    /** The name of the target that the result is of. */
    target?: string
    /** The connections made meanwhile, where that is no result's own. */
    connections?: Report['target']['connections']
  }
}

/** What is kept of one literal answer, in bytes. */
const EVIDENCE_BYTES = 64_000

type Connections = Report['target']['connections']

/** One target with all that a check needs to look at it. */
export interface WorkerRun {
  readonly target: Target
  readonly now: Date
  readonly selected: ReadonlySet<string>
  readonly observer: Observer
  clean(raw: string): string
  /** The connections made since this was last asked. */
  drainConnections(): Connections
}

/** Prepares looking at one target; connects to nothing. */
export function openRun({ runId, now, spec, secrets, selected }: TargetContext): WorkerRun {
  const redact = createRedactor(Object.values(secrets))
  const connections = new Map<string, Connections[number]>()
  const observer = new Observer({
    runId,
    allows: spec.allow,
    secrets,
    forwarded: spec.forwarded,
    onAccess: ({ system, address, effect }) => {
      const key = JSON.stringify([system, address, effect])
      connections.set(key, { system, address, effect, count: (connections.get(key)?.count ?? 0) + 1 })
    },
  })
  return {
    target: new Target(spec),
    now: new Date(now),
    selected: new Set(selected),
    observer,
    clean: (raw) => cap(redact(raw), EVIDENCE_BYTES),
    drainConnections() {
      const made = [...connections.values()]
      connections.clear()
      return made
    },
  }
}
