import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Procedure, Step } from '../../src/procedures/procedure.ts'
import { procedureLog } from '../../src/procedures/procedure-log.ts'
import { runProcedure } from '../../src/procedures/run.ts'
import { readState } from '../../src/procedures/state.ts'
import { judge } from '../support/judging.ts'
import '../../suites/rollback/ready.test.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'test-run-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

const step = (name: string, more: Partial<Step> = {}): Step => ({
  name,
  describe: `Does ${name}.`,
  run: async () => undefined,
  whenItFails: `mend ${name}`,
  ...more,
})
const procedure = (steps: readonly Step[], inputs: Record<string, string> = { backup: 'a' }): Procedure => ({
  name: 'test',
  inputs,
  again: 'run it again',
  steps,
})

describe('a procedure', () => {
  it('waits for each step to be ready before it begins the next, and times it', async () => {
    const order: string[] = []
    let looks = 0
    const slow = step('slow', {
      run: async () => void order.push('slow begun'),
      verify: async (): Promise<string | undefined> => {
        looks += 1
        if (looks < 4) return 'still starting'
        order.push('slow ready')
        return undefined
      },
    })
    const report = await runProcedure(procedure([slow, step('next', { run: async () => void order.push('next begun') })]), {
      everyMs: 10,
    })
    expect(order).toEqual(['slow begun', 'slow ready', 'next begun'])
    expect(report).toMatchObject({ outcome: 'done', failure: null, steps: [{ name: 'slow' }, { name: 'next' }] })
    expect(report.steps[0]?.ms).toBeGreaterThan(20)
  })

  const stumbles: readonly (readonly [string, Partial<Step>, string])[] = [
    ['precondition', { precondition: async () => 'no manifest' }, 'no manifest'],
    ['run', { run: () => Promise.reject(new Error('disk full')) }, 'disk full'],
    ['verify', { verify: async () => 'answers 503', deadlineMs: 5 }, 'not ready within 5 ms: answers 503'],
    [
      'verify',
      { verify: () => Promise.reject(new TypeError('fetch failed')), deadlineMs: 5 },
      'not ready within 5 ms: TypeError: fetch failed',
    ],
  ]
  it.each(stumbles)(
    'stops at the first step that fails in its %s, with the state and what to do next',
    async (stage, broken, message) => {
      const stateFile = path.join(directory, `stop-${Math.random()}.json`)
      const steps = [
        step('one'),
        step('two', broken),
        step('three', { run: () => Promise.reject(new Error('not to be reached')) }),
      ]
      const report = await runProcedure(procedure(steps), { stateFile, everyMs: 1 })
      expect(report).toMatchObject({
        outcome: 'failed',
        steps: [{ name: 'one' }],
        failure: { step: 'two', stage, message, whenItFails: 'mend two', next: 'run it again' },
      })
      expect(await readState(stateFile)).toMatchObject({ outcome: 'failed', done: [{ name: 'one' }], failure: { step: 'two' } })
    },
  )

  it('goes on where it stopped: what still holds is not done again, what does not is', async () => {
    const stateFile = path.join(directory, 'resume.json')
    const count = { once: 0, holds: 0, lapsed: 0, unverified: 0 }
    const counted = (name: keyof typeof count) => async () => {
      count[name] += 1
    }
    let isBroken = true
    let lapses = false
    const steps = [
      step('once', { once: true, run: counted('once') }),
      step('holds', { run: counted('holds'), verify: async () => undefined }),
      step('lapsed', {
        run: async () => {
          count.lapsed += 1
          lapses = false
        },
        verify: async (): Promise<string | undefined> => (lapses ? 'gone' : undefined),
      }),
      step('unverified', { run: counted('unverified') }),
      step('last', { precondition: async () => (isBroken ? 'broken' : undefined) }),
    ]
    expect((await runProcedure(procedure(steps), { stateFile })).outcome).toBe('failed')
    isBroken = false
    lapses = true
    const second = await runProcedure(procedure(steps), { stateFile })
    expect(second.outcome).toBe('done')
    expect(second.steps.map(({ resumed }) => resumed)).toEqual([true, true, false, false, false])
    expect(count).toEqual({ once: 1, holds: 1, lapsed: 2, unverified: 2 })
    await runProcedure(procedure(steps), { stateFile })
    expect(count.once, 'a finished one begins anew').toBe(2)
  })

  it('remembers what was done once, also where a later run stops before it comes to it', async () => {
    const stateFile = path.join(directory, 'remember.json')
    let restored = 0
    let obstacle: string | undefined
    let isBroken = true
    const steps = [
      step('check', { precondition: async () => obstacle }),
      step('restore', {
        once: true,
        run: async () => {
          restored += 1
        },
      }),
      step('start', { precondition: async () => (isBroken ? 'broken' : undefined) }),
    ]
    await runProcedure(procedure(steps), { stateFile })
    obstacle = 'the backup disk is not mounted'
    await runProcedure(procedure(steps), { stateFile })
    obstacle = undefined
    isBroken = false
    expect((await runProcedure(procedure(steps), { stateFile })).outcome).toBe('done')
    expect(restored).toBe(1)
  })

  it('logs its beginning, each step and its end, so that the runbook’s own lines can read it', async () => {
    const file = path.join(directory, 'rollback.log')
    const named = { ...procedure([step('one'), step('two', { precondition: async () => 'no\nimage' })]), name: 'rollback' }
    await runProcedure(named, { log: procedureLog(file) })
    const lines = (await readFile(file, 'utf8')).split('\n')
    expect(lines.map((line) => line.replace(/^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] /, '').replace(/\d+ ms/, 'n ms'))).toEqual([
      'INFO rollback started: {"backup":"a"}',
      'INFO step 1 of 2: one done in n ms',
      'ERROR rollback failed at "two": no image',
      'INFO next: mend two; then run it again',
      '',
    ])
    await judge('ROLL-10', { path: file, exists: true, size: 1, modified: 0, tail: lines.join('\n'), truncated: false })
  })

  it('refuses to go on with the state of another run', async () => {
    const stateFile = path.join(directory, 'foreign.json')
    await runProcedure(procedure([step('one', { precondition: async () => 'no' })]), { stateFile })
    await expect(runProcedure(procedure([step('one')], { backup: 'b' }), { stateFile })).rejects.toThrow(
      /belongs to an unfinished test .*"a"/,
    )
    await writeFile(stateFile, '{')
    await expect(runProcedure(procedure([step('one')]), { stateFile })).rejects.toThrow(/is no state of a procedure/)
    expect(await readFile(stateFile, 'utf8')).toBe('{')
  })

  it('ends at the next step when it is interrupted', async () => {
    const controller = new AbortController()
    const steps = [step('one', { run: async () => controller.abort(new Error('interrupted by SIGINT')) }), step('two')]
    const report = await runProcedure(procedure(steps), { signal: controller.signal })
    expect(report.failure).toMatchObject({ step: 'two', message: 'interrupted by SIGINT' })
  })
})
