import { describe, expect, it } from 'vitest'
import type { Chaining, Check, Judging } from '../src/check.ts'
import { chain, check, registeredChecks } from '../src/check.ts'
import { evaluate } from '../src/evaluate.ts'
import { Observer } from '../src/observe.ts'
import { NotApplicable } from '../src/outcome.ts'
import { type Probe, promised } from '../src/probe.ts'
import type { CheckResult } from '../src/result.ts'
import { testTarget } from './support/judging.ts'
import { answering, fakeProbe, refusing } from './support/probes.ts'

function lastDeclared(): Check {
  const last = registeredChecks().at(-1)
  if (last === undefined) throw new Error('nothing was declared')
  return last
}

const now = new Date('2026-01-01T00:00:00Z')

function look(declared: Check, localExpect: Judging['expect'], limits = {}): Promise<Omit<CheckResult, 'connections'>> {
  const observer = new Observer({ runId: 'run', allows: ['read'], secrets: {}, onAccess: () => undefined })
  const target = testTarget({ limits })
  const clean = (raw: string): string => raw.replaceAll('hunter2', '[redacted]')
  return evaluate(declared, { target, expect: localExpect, observer, clean, now, signal: new AbortController().signal })
}

function judged<T>(probe: Probe<T>, judge: (answer: T, judging: Judging) => void): Check {
  check(
    'TST-01',
    'It holds.',
    () => probe,
    (answer, judging) => judge(answer as T, judging),
  )
  return lastDeclared()
}

function chained(run: (declared: { step: Probe<number> }, chaining: Chaining) => Promise<void>, step = answering(1)): Check {
  chain('TST-02', 'It holds, step by step.', () => ({ step }), run)
  return lastDeclared()
}

describe('a check', () => {
  it('knows the file and line where it was declared', () => {
    expect(judged(answering(1), () => undefined).location).toMatch(/^tests\/evaluate\.test\.ts:\d+$/)
  })

  // `expect` of the test's own context: its count of assertions is the check's.
  it('passes on an answer that holds, with its evidence', async ({ expect: own }) => {
    const result = await look(
      judged(answering(1), (answer, { expect }) => expect(answer).toBe(1)),
      own,
    )
    expect(result).toMatchObject({
      outcome: 'passed',
      evidence: [{ probe: 'fake', raw: '1', reproduce: 'cat it', attempt: 1, origin: 'real' }],
    })
  })

  it('fails on an answer that does not hold, with what was wanted and what came', async ({ expect: own }) => {
    const result = await look(
      judged(answering(2), (answer, { expect }) => expect(answer, 'cores').toBe(1)),
      own,
    )
    expect(result).toMatchObject({
      outcome: 'failed',
      failure: { message: expect.stringContaining('cores'), expected: '1', actual: '2' },
    })
  })

  it('fails where it observes nothing', async ({ expect: own }) => {
    check(
      'TST-03',
      'It holds.',
      () => [],
      (_, { expect }) => expect(1).toBe(1),
    )
    expect(await look(lastDeclared(), own)).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('declares no observation'),
    })
    expect(
      await look(
        chained(async (_, { expect }) => expect(1).toBe(1)),
        own,
      ),
    ).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('observed nothing') })
  })

  it('fails where it asserts nothing', async ({ expect: own }) => {
    expect(
      await look(
        judged(answering(1), () => undefined),
        own,
      ),
    ).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('asserted nothing') })
  })

  it('is unobserved where the address says no and the line does not promise it', async ({ expect: own }) => {
    const result = await look(
      judged(refusing(), (answer, { expect }) => expect(answer).toBe(1)),
      own,
    )
    expect(result).toMatchObject({ outcome: 'unobserved', cause: { id: 'unreachable:part:1' } })
  })

  it('fails where the address says no and the line promises it', async ({ expect: own }) => {
    const result = await look(
      judged(promised(refusing()), (answer, { expect }) => expect(answer).toBe(1)),
      own,
    )
    expect(result).toMatchObject({
      outcome: 'failed',
      cause: { id: 'unreachable:part:1' },
      failure: { message: 'part:1 refused the connection' },
    })
  })

  it('is skipped where the target lacks the part', async ({ expect: own }) => {
    check(
      'TST-04',
      'It holds.',
      (): Probe<number> => {
        throw new NotApplicable('no such part')
      },
      () => undefined,
    )
    expect(await look(lastDeclared(), own)).toMatchObject({ outcome: 'skipped', reason: 'no such part' })
  })

  it('says of a defect of its own that it is one', async ({ expect: own }) => {
    const broken = judged(answering(1), () => {
      throw new TypeError('undefined is not a function')
    })
    expect(await look(broken, own)).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('the check itself broke'),
    })
  })

  it('keeps secrets out of evidence, reason and failure', async ({ expect: own }) => {
    const leaky = judged(answering('hunter2'), (answer, { expect }) => expect(answer, 'hunter2').toBe('hunter22'))
    expect(JSON.stringify(await look(leaky, own))).not.toContain('hunter2"')
  })
})

describe('a chained check', () => {
  it('observes what it declared', async ({ expect: own }) => {
    const result = await look(
      chained(async ({ step }, { observe, expect }) => expect(await observe(step)).toBe(1)),
      own,
    )
    expect(result.outcome).toBe('passed')
  })

  it('is refused what it did not declare', async ({ expect: own }) => {
    const sneaky = chained(async (_, { observe, expect }) =>
      expect(await observe(answering(1, { address: 'elsewhere:1' }))).toBe(1),
    )
    expect(await look(sneaky, own)).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('was not declared by TST-02'),
      evidence: [],
    })
  })

  it('waits for an answer that holds and keeps every attempt', async ({ expect: own }) => {
    let asked = 0
    const slowly = fakeProbe(async () => ({ value: ++asked, raw: String(asked) }))
    const waiting = chained(
      async ({ step }, { until, expect }) => expect(await until(step, (value) => value >= 3, 2_000)).toBe(3),
      slowly,
    )
    const result = await look(waiting, own)
    expect(result.outcome).toBe('passed')
    expect(result.evidence.map(({ attempt, raw }) => [attempt, raw])).toEqual([
      [1, '1'],
      [2, '2'],
      [3, '3'],
    ])
  })

  it('is given the last answer where none held until the deadline', async ({ expect: own }) => {
    const waiting = chained(async ({ step }, { until, expect }) => expect(await until(step, () => false, 120)).toBe(2))
    expect(await look(waiting, own)).toMatchObject({ outcome: 'failed', failure: { expected: '2', actual: '1' } })
  })
})

describe('a limit', () => {
  const cores = judgedCores()
  function judgedCores(): Check {
    return judged(answering(4), (answer, { expect, atLeast }) =>
      expect(answer).toBeGreaterThanOrEqual(atLeast('cores', 8, 'cores')),
    )
  }

  it('is shown with the answer', async ({ expect: own }) => {
    expect(await look(cores, own)).toMatchObject({
      outcome: 'failed',
      limits: [{ name: 'cores', unit: 'cores', value: 8, default: 8, source: 'runbook' }],
    })
  })

  it('may be looser where somebody answers for it, until then', async ({ expect: own }) => {
    const owned = { value: 4, owner: 'ops', reason: 'small site', expires: '2026-02-01' }
    expect(await look(cores, own, { cores: owned })).toMatchObject({
      outcome: 'passed',
      limits: [{ value: 4, source: 'target file: ops, until 2026-02-01, because small site' }],
    })
    expect(await look(cores, own, { cores: { ...owned, expires: '2026-01-01' } })).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('renew or remove it'),
    })
  })

  it('may not be looser where nobody does', async ({ expect: own }) => {
    expect(await look(cores, own, { cores: 4 })).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('give it value, owner, reason and expires'),
    })
  })
})
