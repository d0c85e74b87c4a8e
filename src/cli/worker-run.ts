import { inject } from 'vitest'
import { Observer } from '../observe.ts'
import { cap, createRedactor } from '../redact.ts'
import type { Report } from '../report/model.ts'
import type { CheckResult } from '../result.ts'
import type { TargetSpec } from '../targets/schema.ts'
import { Target } from '../targets/target.ts'

/** What the command line hands to the test worker; plain data. */
export interface RunContext {
  readonly runId: string
  readonly now: string
  readonly spec: TargetSpec
  readonly secrets: Readonly<Record<string, string>>
  /** The run's own directory, gone when the run is. */
  readonly directory: string
  /** Ids of the checks to look with. */
  readonly selected: readonly string[]
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly runbook: RunContext
  }
  interface TaskMeta {
    result?: CheckResult
  }
}

// A module of its own: vitest evaluates its setup file anew for each suite file, and what is imported only once a worker.

/** What is kept of one literal answer, in bytes. */
const EVIDENCE_BYTES = 64_000

type Connections = Report['target']['connections']

const run = inject('runbook')
if (run === undefined) throw new Error('the suites run through `npm test`, not through vitest alone; see `npm test -- --help`')

// The worker's own environment: what a probe puts into a temporary directory goes with the run, however that ends.
process.env.TMPDIR = run.directory

const redact = createRedactor(Object.values(run.secrets))
const connections = new Map<string, Connections[number]>()

export const now = new Date(run.now)
export const selected: ReadonlySet<string> = new Set(run.selected)
export const target = new Target(run.spec)
export const clean = (raw: string): string => cap(redact(raw), EVIDENCE_BYTES)
export const observer = new Observer({
  runId: run.runId,
  allows: target.spec.allow,
  secrets: run.secrets,
  onAccess: ({ system, address, effect }) => {
    const key = JSON.stringify([system, address, effect])
    connections.set(key, { system, address, effect, count: (connections.get(key)?.count ?? 0) + 1 })
  },
})

/** The connections made since this was last asked. */
export function drainConnections(): Connections {
  const made = [...connections.values()]
  connections.clear()
  return made
}
