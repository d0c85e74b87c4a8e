import type { Effect } from './effect.ts'
import { asShown, carriedBy, withoutForward } from './forwarded.ts'
import { Absent, type Cause, Unobserved, Unreachable } from './outcome.ts'
import { type Access, observationKey, type Probe, type Reading, type Session } from './probe.ts'
import type { Forwarded } from './targets/schema.ts'

/** One attempt to look, whatever came of it. */
export interface Observation<T> {
  readonly probe: Probe<T>
  readonly startedAt: Date
  readonly ms: number
  readonly reading: Reading<T> | undefined
  readonly error: Error | undefined
}

export interface ObserverOptions {
  readonly runId: string
  readonly allows: readonly Effect[]
  readonly secrets: Readonly<Record<string, string>>
  /** Addresses that are the near ends of forwards. */
  readonly forwarded?: Forwarded
  /** Called for each access that is really made. */
  readonly onAccess: (access: Access) => void
}

/**
 * Takes the observations of a run: each shared one once, each within its deadline, none with an effect that the run does not
 * allow. The first probe of an address goes alone; where nothing answers there, the others are unobserved through that one
 * cause and do not wait out their own time.
 */
export class Observer {
  readonly #options: ObserverOptions
  readonly #shared = new Map<string, Promise<Observation<unknown>>>()
  readonly #first = new Map<string, Promise<Observation<unknown>>>()
  readonly #down = new Map<string, Unreachable>()
  readonly #kept = new Map<string, { readonly resource: Promise<unknown>; readonly close: () => Promise<void> }>()

  constructor(options: ObserverOptions) {
    this.#options = options
  }

  /** The observation of this probe that the whole run shares. Never throws: what went wrong is in it. */
  shared<T>(probe: Probe<T>, signal: AbortSignal): Promise<Observation<T>> {
    return this.#once(probe, () => this.fresh(probe, signal))
  }

  /** A new observation. Never throws: what went wrong is in it. */
  async fresh<T>(probe: Probe<T>, signal: AbortSignal): Promise<Observation<T>> {
    const { address } = probe.access
    const pioneer = this.#first.get(address)
    if (pioneer === undefined) {
      const observation = this.#take(probe, signal)
      this.#first.set(address, observation)
      return observation
    }
    await pioneer
    return this.#take(probe, signal)
  }

  /** Forgets that an address was down: whoever waits for it to come back asks again. */
  retry(address: string): void {
    this.#down.delete(address)
  }

  /** Closes what probes kept open; the observations stay. @throws AggregateError of what could not be closed. */
  async close(): Promise<void> {
    const kept = [...this.#kept.values()]
    this.#kept.clear()
    const results = await Promise.allSettled(kept.map(({ close }) => close()))
    const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    if (reasons.length > 0) throw new AggregateError(reasons, 'connections could not be closed')
  }

  #once<T>(probe: Probe<T>, take: () => Promise<Observation<T>>): Promise<Observation<T>> {
    const key = observationKey(probe)
    const known = this.#shared.get(key)
    // The key holds everything that the reading depends on, so an observation under it is one of this probe's type.
    if (known !== undefined) return known as Promise<Observation<T>>
    const taken = take()
    this.#shared.set(key, taken)
    return taken
  }

  async #take<T>(probe: Probe<T>, signal: AbortSignal): Promise<Observation<T>> {
    const startedAt = new Date()
    const start = performance.now()
    const observation = (outcome: { reading?: Reading<T>; error?: Error }): Observation<T> => ({
      probe,
      startedAt,
      ms: performance.now() - start,
      reading: outcome.reading,
      error: outcome.error,
    })
    const refusal = this.#refusal(probe.access)
    if (refusal !== undefined) return observation({ error: refusal })
    try {
      return observation({ reading: await this.#read(probe, signal) })
    } catch (error) {
      const meant = await this.#explained(error, probe.access)
      // Where something is merely absent, the address answered.
      if (meant instanceof Unreachable && !(meant instanceof Absent)) this.#down.set(probe.access.address, meant)
      return observation({ error: meant instanceof Error ? meant : new Error(String(meant)) })
    }
  }

  #refusal({ effect, address }: Access): Error | undefined {
    if (!this.#options.allows.includes(effect)) return new Unobserved(effectRefused(effect))
    return withoutForward(this.#options.forwarded ?? {}, address) ?? this.#down.get(address)
  }

  /** The near end of a forward always answers: what became of the far end only its connection knows. */
  async #explained(error: unknown, { address }: Access): Promise<unknown> {
    const carried = carriedBy(this.#options.forwarded ?? {}, address)
    if (carried === undefined || !(error instanceof Unreachable)) return error
    const { explained } = await import('./host/ssh/explain.ts')
    return explained(carried, error)
  }

  async #read<T>(probe: Probe<T>, signal: AbortSignal): Promise<Reading<T>> {
    const deadline = AbortSignal.timeout(probe.deadlineMs)
    const both = AbortSignal.any([signal, deadline])
    const { promise: aborted, reject } = Promise.withResolvers<never>()
    const onAbort = (): void => reject(signal.aborted ? interrupted() : overdue(probe))
    both.addEventListener('abort', onAbort, { once: true })
    try {
      if (both.aborted) onAbort()
      return await Promise.race([probe.read(this.#session(both, probe)), aborted])
    } finally {
      both.removeEventListener('abort', onAbort)
    }
  }

  #session(signal: AbortSignal, probe: Probe<unknown>): Session {
    if (probe.derived !== true) this.#options.onAccess(asShown(this.#options.forwarded ?? {}, probe.access))
    return {
      runId: this.#options.runId,
      signal,
      secret: (name) => this.#secret(name),
      share: async (source) => {
        // Not behind the first probe of the address: that is the one which waits for this source.
        const observation = await this.#once(source, () => this.#take(source, signal))
        if (observation.reading === undefined) throw observation.error ?? new Error('an observation without reading or error')
        return observation.reading
      },
      keep: (key, open, close) => this.#keep(key, open, close),
    }
  }

  #secret(name: string): string {
    const secret = this.#options.secrets[name]
    if (secret !== undefined) return secret
    throw new Unobserved({
      id: `secret:${name}`,
      text: `the target file gives no secret ${name}; add a reference (env, file or command) to it`,
    })
  }

  #keep<T>(key: string, open: () => Promise<T>, close: (resource: T) => Promise<void> | void): Promise<T> {
    const known = this.#kept.get(key)
    // A key names one kind of resource; probes of one kind share it.
    if (known !== undefined) return known.resource as Promise<T>
    const resource = open()
    this.#kept.set(key, { resource, close: () => closeOpened(resource, close) })
    resource.catch(() => this.#kept.delete(key))
    return resource
  }
}

async function closeOpened<T>(resource: Promise<T>, close: (resource: T) => Promise<void> | void): Promise<void> {
  const [result] = await Promise.allSettled([resource])
  if (result.status === 'fulfilled') await close(result.value)
}

/** Why a line is unobserved whose effect the run does not allow. */
export function effectRefused(effect: Effect): Cause {
  return {
    id: `effect:${effect}`,
    text: `this run does not allow ${effect}; it needs \`allow: [${effect}]\` in the target file, and --allow=${effect} for load and copy-data`,
  }
}

function overdue(probe: Probe<unknown>): Unobserved {
  const { address, operation, system } = probe.access
  return new Unobserved({
    id: `overdue:${address}`,
    text: `${operation} on ${system} (${address}) gave no answer within ${probe.deadlineMs} ms; run the reproduce line by hand and see what it waits for`,
  })
}

function interrupted(): Unobserved {
  return new Unobserved({ id: 'interrupted', text: 'the run was interrupted before this was answered' })
}
