import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, inject, test } from 'vitest'
import { type Check, registeredChecks } from '../check.ts'
import { EFFECTS } from '../effect.ts'
import { evaluate } from '../evaluate.ts'
import { NotApplicable, Unobserved } from '../outcome.ts'
import { Quiet, Turns } from './turns.ts'
import { openRun, type WorkerRun } from './worker-run.ts'

// The one file that vitest runs: it imports the suites and makes a test of each selected check on each target. One file, since
// vitest waits for the end of a file before it begins the next: a host that answers nothing would hold up all the others.

/** How many reading checks look at one target at once. */
const CONCURRENCY = 12

const run = inject('runbook')
if (run === undefined) throw new Error('the suites run through `npm test`, not through vitest alone; see `npm test -- --help`')

// The worker's own environment: what a probe puts into a temporary directory goes with the run, however that ends.
process.env.TMPDIR = run.directory

for (const suite of run.suites) await import(/* @vite-ignore */ pathToFileURL(suite).href)

const targets = new Turns(run.atOnce)
const machine = new Quiet()
for (const context of run.targets) describe(context.spec.name, { concurrent: true }, () => looking(openRun(context)))

function looking(one: WorkerRun): void {
  const turns = new Turns(CONCURRENCY)
  beforeAll(() => targets.take(), 0)
  afterAll(async () => {
    targets.done()
    await one.observer.close()
  })
  for (const check of registeredChecks()) if (one.selected.has(check.id)) declare(check, one, turns)
}

function declare(check: Check, one: WorkerRun, turns: Turns): void {
  const isQuiet = readsOnly(check, one)
  test(check.id, { concurrent: isQuiet }, async ({ expect, task, signal, skip }) => {
    const look = () => evaluate(check, { ...one, expect, signal })
    await turns.take()
    try {
      if (signal.aborted) skip('not reached')
      const result = await (isQuiet ? machine.quietly(look) : machine.alone(look))
      task.meta.result = { ...result, connections: one.drainConnections() }
      task.meta.target = one.target.name
      if (result.outcome === 'failed') throw new Error(result.reason)
      if (result.outcome !== 'passed') skip(result.reason)
    } finally {
      turns.done()
    }
  })
}

/** What only reads may run beside others; load and drills would spoil each other's figures and everyone else's. */
function readsOnly(check: Check, { target }: WorkerRun): boolean {
  const loud = EFFECTS.indexOf('load')
  try {
    return check.accesses(target).every(({ effect }) => EFFECTS.indexOf(effect) < loud)
  } catch (error) {
    // What the target turned out to lack is the check's own outcome, and it touches nothing.
    if (error instanceof NotApplicable || error instanceof Unobserved) return true
    throw error
  }
}
