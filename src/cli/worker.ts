import { afterAll, test } from 'vitest'
import { type Check, whenRegistered } from '../check.ts'
import { EFFECTS } from '../effect.ts'
import { evaluate } from '../evaluate.ts'
import { clean, drainConnections, now, observer, selected, target } from './worker-run.ts'

let currentFile = ''

whenRegistered((check) => {
  if (!selected.has(check.id)) return
  closeAfterFile(check)
  const declare = isQuiet(check) ? test.concurrent : test
  declare(check.id, async ({ expect, task, signal, skip }) => {
    const result = await evaluate(check, { target, expect, observer, clean, now, signal })
    task.meta.result = { ...result, connections: drainConnections() }
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
