import { setTimeout as after } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, inject, test } from 'vitest'
import { type Check, registeredChecks } from '../check.ts'
import { EFFECTS, type Effect } from '../effect.ts'
import { evaluate } from '../evaluate.ts'
import { NotApplicable, type Outcome, Unobserved } from '../outcome.ts'
import { mostRounds, type SettleSpec, Settling } from './settling.ts'
import { Quiet, Turns } from './turns.ts'
import { openRun, type TargetContext, type WorkerRun } from './worker-run.ts'

// The one file that vitest runs: it imports the suites and makes a test of each selected check on each target. One file, since
// vitest waits for the end of a file before it begins the next: a host that answers nothing would hold up all the others.

/** How many reading checks look at one target at once. */
const CONCURRENCY = 12
/** Checks of these effects run beside others; load and drills would spoil each other's figures and everyone else's. */
const QUIET = EFFECTS.slice(0, EFFECTS.indexOf('load'))

const run = inject('runbook')
if (run === undefined) throw new Error('the suites run through `npm test`, not through vitest alone; see `npm test -- --help`')

// The worker's own environment: what a probe puts into a temporary directory goes with the run, however that ends.
process.env.TMPDIR = run.directory

for (const suite of run.suites) await import(/* @vite-ignore */ pathToFileURL(suite).href)

const targets = new Turns(run.atOnce)
const machine = new Quiet()
for (const context of run.targets) describe(context.spec.name, { concurrent: true }, () => looking(context))

function looking(context: TargetContext): void {
  const one = openRun(context)
  const turns = new Turns(CONCURRENCY)
  let settling: Settling | undefined
  let isOurTurn = false
  const giveUpTurn = (): void => {
    if (isOurTurn) targets.done()
    isOurTurn = false
  }
  beforeAll(async () => {
    await targets.take()
    isOurTurn = true
    if (context.settle !== undefined) settling = new Settling({ context, settle: context.settle, atOnce: CONCURRENCY, machine })
  }, 0)
  afterAll(async () => {
    giveUpTurn()
    await one.observer.close()
  })
  for (const check of registeredChecks())
    if (one.selected.has(check.id)) declare(check, one, turns, (outcome) => settling?.first(check, outcome))
  if (context.settle !== undefined) declareLooks(one, context.settle, () => settling, giveUpTurn)
  if (context.standing.release || context.standing.loss) declareStanding(one, context)
}

function declare(check: Check, one: WorkerRun, turns: Turns, onReading: (outcome: Outcome) => void): void {
  const isQuiet = hasOnlyEffects(QUIET, check, one)
  test(check.id, { concurrent: isQuiet }, async ({ expect, task, signal, skip }) => {
    const look = () => evaluate(check, { ...one, expect, signal })
    await turns.take()
    try {
      if (signal.aborted) skip('not reached')
      const result = await (isQuiet ? machine.quietly(look) : machine.alone(look))
      if (hasOnlyEffects(['read'], check, one)) onReading(result.outcome)
      task.meta.result = { ...result, connections: one.drainConnections() }
      task.meta.target = one.target.name
      if (result.outcome === 'failed') throw new Error(result.reason)
      if (result.outcome !== 'passed') skip(result.reason)
    } finally {
      turns.done()
    }
  })
}

/** The looks after the first one, each when it is due; a target that only waits is in no other's way. */
function declareLooks(one: WorkerRun, settle: SettleSpec, settling: () => Settling | undefined, giveUpTurn: () => void): void {
  for (let number = 1; number <= mostRounds(settle); number += 1) {
    test(`look ${number}`, { concurrent: false }, async ({ expect, task, signal, skip }) => {
      giveUpTurn()
      const waitMs = settling()?.waitMs()
      if (waitMs === undefined) skip('its time is over')
      await Promise.allSettled([after(waitMs, undefined, { signal })])
      if (signal.aborted) skip('interrupted')
      await targets.take()
      try {
        const settled = await settling()?.look(expect, signal)
        if (settled !== undefined) Object.assign(task.meta, { settled, target: one.target.name })
      } finally {
        targets.done()
      }
    })
  }
}

/** What the report tells beside the lines: at the end, when all that changes something has ended. */
function declareStanding(one: WorkerRun, context: TargetContext): void {
  test('what stands there', { concurrent: false }, async ({ task, signal, skip }) => {
    if (signal.aborted) skip('interrupted')
    const { readStanding } = await import('./standing.ts')
    // What the lines have read need not be read again, unless a while has gone by.
    const looking = context.settle === undefined ? one : openRun(context)
    try {
      const standing = await machine.quietly(() => readStanding(looking, context.standing, signal))
      if (!signal.aborted)
        Object.assign(task.meta, { standing, target: one.target.name, connections: looking.drainConnections() })
    } finally {
      if (looking !== one) await looking.observer.close()
    }
  })
}

/** Whether all that a check touches has one of these effects only. */
function hasOnlyEffects(effects: readonly Effect[], check: Check, { target }: WorkerRun): boolean {
  try {
    return check.accesses(target).every(({ effect }) => effects.includes(effect))
  } catch (error) {
    // What the target turned out to lack is the check's own outcome, and it touches nothing.
    if (error instanceof NotApplicable || error instanceof Unobserved) return true
    throw error
  }
}
