import { afterAll, inject, test } from 'vitest'
import { type Check, whenRegistered } from '../check.ts'
import { EFFECTS } from '../effect.ts'
import { evaluate } from '../evaluate.ts'
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

const run = inject('runbook')
if (run === undefined) throw new Error('the suites run through `npm test`, not through vitest alone; see `npm test -- --help`')

/** What is kept of one literal answer, in bytes. */
const EVIDENCE_BYTES = 64_000

const selected = new Set(run.selected)
const target = new Target(run.spec)
const redact = createRedactor(Object.values(run.secrets))
const clean = (raw: string): string => cap(redact(raw), EVIDENCE_BYTES)
const connections = new Map<string, Report['target']['connections'][number]>()
const observer = new Observer({
  runId: run.runId,
  allows: target.spec.allow,
  secrets: run.secrets,
  onAccess: ({ system, address, effect }) => {
    const key = JSON.stringify([system, address, effect])
    connections.set(key, { system, address, effect, count: (connections.get(key)?.count ?? 0) + 1 })
  },
})

/** What is kept of one literal answer, in bytes. */
let currentFile = ''

whenRegistered((check) => {
  if (!selected.has(check.id)) return
  closeAfterFile(check)
  const declare = isQuiet(check) ? test.concurrent : test
  declare(check.id, async ({ expect, task, signal, skip }) => {
    const result = await evaluate(check, { target, expect, observer, clean, now: new Date(run.now), signal })
    task.meta.result = { ...result, connections: drain() }
    if (result.outcome === 'failed') throw new Error(result.reason)
    if (result.outcome !== 'passed') skip(result.reason)
  })
})

/** What only reads may run beside others; load and drills would spoil each other's figures and everyone else's. */
function isQuiet(check: Check): boolean {
  const loud = EFFECTS.indexOf('load')
  return check.accesses(target).every(({ effect }) => EFFECTS.indexOf(effect) < loud)
}

/** Connections are kept for a file and closed behind it: vitest tells a worker nothing of the run's end. */
function closeAfterFile(check: Check): void {
  const file = check.location.replace(/:\d+$/, '')
  if (file === currentFile) return
  currentFile = file
  afterAll(() => observer.close())
}

function drain(): Report['target']['connections'] {
  const made = [...connections.values()]
  connections.clear()
  return made
}
