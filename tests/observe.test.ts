import { describe, expect, it, vi } from 'vitest'
import { Observer } from '../src/observe.ts'
import { Absent, Unobserved, type Unreachable } from '../src/outcome.ts'
import { type Access, derived, type Probe, type Session } from '../src/probe.ts'
import { answering, fakeProbe, refusing } from './support/probes.ts'

const never = new AbortController().signal

function observe(options: Partial<ConstructorParameters<typeof Observer>[0]> = {}) {
  const accesses: Access[] = []
  const observer = new Observer({
    runId: 'run',
    allows: ['read'],
    secrets: {},
    onAccess: (access) => accesses.push(access),
    ...options,
  })
  return { observer, accesses }
}

const otherOperation = (operation: string): Pick<Probe<unknown>, 'access'> => ({
  access: { system: 'part', address: 'part:1', operation, effect: 'read', reproduce: 'cat it' },
})

describe('an observation', () => {
  it('is taken once a run and shared', async () => {
    const { observer, accesses } = observe()
    const [one, two] = await Promise.all([observer.shared(answering(1), never), observer.shared(answering(1), never)])
    expect(one).toBe(two)
    expect(accesses).toHaveLength(1)
  })

  it('is taken again where a fresh one is asked for', async () => {
    const { observer, accesses } = observe()
    await observer.fresh(answering(1), never)
    await observer.fresh(answering(1), never)
    expect(accesses).toHaveLength(2)
  })

  it('ends at its own deadline, as unobserved, with the cause', async () => {
    const { observer } = observe()
    const silent = fakeProbe(() => new Promise<never>(() => undefined), { deadlineMs: 30 })
    const { error } = await observer.fresh(silent, never)
    expect(error).toBeInstanceOf(Unobserved)
    expect(error?.message).toContain('gave no answer within 30 ms')
  })

  it('tells the probe that its deadline has come', async () => {
    const { observer } = observe()
    const seen = vi.fn()
    const silent = fakeProbe(({ signal }: Session) => new Promise<never>(() => signal.addEventListener('abort', seen)), {
      deadlineMs: 30,
    })
    await observer.fresh(silent, never)
    expect(seen).toHaveBeenCalledOnce()
  })

  it('ends when the run is interrupted', async () => {
    const { observer } = observe()
    const { error } = await observer.fresh(
      fakeProbe(() => new Promise<never>(() => undefined)),
      AbortSignal.abort(),
    )
    expect((error as Unobserved).rootCause.id).toBe('interrupted')
  })

  it('is refused before it touches anything where the run does not allow its effect', async () => {
    const { observer, accesses } = observe()
    const { access } = answering(1)
    const { error } = await observer.fresh(answering(1, { access: { ...access, effect: 'load' } }), never)
    expect((error as Unobserved).rootCause.id).toBe('effect:load')
    expect(accesses).toEqual([])
  })

  it('names a secret that the target does not give', async () => {
    const { observer } = observe()
    const { error } = await observer.fresh(
      fakeProbe(async (session) => ({ value: session.secret('apiKey'), raw: '' })),
      never,
    )
    expect((error as Unobserved).rootCause.id).toBe('secret:apiKey')
  })
})

describe('an address that does not answer', () => {
  it('is tried once; whoever else asks is unobserved through the same cause', async () => {
    const { observer, accesses } = observe()
    const observations = await Promise.all([
      observer.shared(refusing(), never),
      observer.shared(answering(1, otherOperation('read more')), never),
      observer.shared(answering(2, otherOperation('read still more')), never),
    ])
    expect(observations.map(({ error }) => (error as Unreachable).rootCause.id)).toEqual(Array(3).fill('unreachable:part:1'))
    expect(accesses).toHaveLength(1)
  })

  it('is not one where something is merely absent', async () => {
    const { observer } = observe()
    const absent = fakeProbe<never>(async () => {
      throw new Absent('part:1:/etc/file', '/etc/file is not there', { refused: true, raw: '' })
    })
    const { error } = await observer.shared(absent, never)
    expect((error as Absent).rootCause.id).toBe('unreachable:part:1:/etc/file')
    const { reading } = await observer.shared(answering(1, otherOperation('read more')), never)
    expect(reading?.value).toBe(1)
  })

  it('does not keep other addresses from answering', async () => {
    const { observer } = observe()
    await observer.shared(refusing(), never)
    const { reading } = await observer.shared(answering(1, { address: 'part:2' }), never)
    expect(reading?.value).toBe(1)
  })

  it('is asked again once somebody waits for it', async () => {
    const { observer } = observe()
    await observer.fresh(refusing(), never)
    observer.retry('part:1')
    const { reading } = await observer.fresh(answering(1), never)
    expect(reading?.value).toBe(1)
  })
})

describe('a derived probe', () => {
  const source = answering({ cores: 2, memory: 3 })
  const part = (name: 'cores' | 'memory') =>
    derived(source, { operation: name, pick: (value) => ({ value: value[name], raw: String(value[name]) }) })

  it('shares the one round trip of its source', async () => {
    const { observer, accesses } = observe()
    const observations = await Promise.all([observer.shared(part('cores'), never), observer.shared(part('memory'), never)])
    expect(observations.map(({ reading }) => reading?.value)).toEqual([2, 3])
    expect(accesses).toHaveLength(1)
  })

  it('is another observation where its source is one', async () => {
    const { observer } = observe()
    const named = (variant: string) =>
      derived(answering(variant, { variant }), { operation: 'name', pick: (value) => ({ value, raw: '' }) })
    const observations = await Promise.all([observer.shared(named('a'), never), observer.shared(named('b'), never)])
    expect(observations.map(({ reading }) => reading?.value)).toEqual(['a', 'b'])
  })

  it('carries the origin of its source', async () => {
    const { observer } = observe()
    const simulated = fakeProbe(async () => ({ value: 1, raw: '1', origin: 'simulated' as const }))
    const { reading } = await observer.shared(
      derived(simulated, { operation: 'x', pick: (value) => ({ value, raw: '' }) }),
      never,
    )
    expect(reading?.origin).toBe('simulated')
  })
})

describe('what probes keep open', () => {
  it('is opened once and closed with the observer', async () => {
    const { observer } = observe()
    const open = vi.fn(async () => 'pool')
    const close = vi.fn()
    const pooled = (operation: string) =>
      fakeProbe(async (session) => ({ value: await session.keep('pool', open, close), raw: '' }), otherOperation(operation))
    await observer.fresh(pooled('one'), never)
    await observer.fresh(pooled('two'), never)
    await observer.close()
    expect(open).toHaveBeenCalledOnce()
    expect(close).toHaveBeenCalledExactlyOnceWith('pool')
  })

  it('is reported where it cannot be closed', async () => {
    const { observer } = observe()
    const close = async (): Promise<void> => {
      throw new Error('stuck')
    }
    await observer.fresh(
      fakeProbe(async (session) => ({ value: await session.keep('pool', async () => 1, close), raw: '' })),
      never,
    )
    await expect(observer.close()).rejects.toThrow('connections could not be closed')
  })
})
