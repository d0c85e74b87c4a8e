import type { Probe } from '../probe.ts'
import { type LoadOptions, type LoadResult, load } from './load.ts'

/** A load, and what is seen of other parts while it is on. */
export interface UnderLoad<W extends Readonly<Record<string, Probe<unknown>>>> {
  readonly load: Probe<LoadResult>
  readonly during: W
}

/**
 * Binds observations to a load: each is taken once the load runs, and the load goes on until all of them have ended (within its
 * bounds; `covered` in its result says whether it did). Where the load cannot be put on, they are unobserved for its cause.
 */
export function underLoad<W extends Readonly<Record<string, Probe<unknown>>>>(options: LoadOptions, watchers: W): UnderLoad<W> {
  const inner = Object.fromEntries(Object.entries(watchers).map(([name, probe]) => [name, variant(probe, 'under load')]))
  const source = load({ ...options, during: Object.values(inner) })
  const during = Object.entries(inner).map(([name, probe]) => [name, after(source, probe)])
  // The same names with probes of the same answers, so it is a record of the watchers' own type.
  return { load: source, during: Object.fromEntries(during) as W }
}

/** A probe that answers what `probe` answered while `source` was on. */
function after<T>(source: Probe<unknown>, probe: Probe<T>): Probe<T> {
  return {
    ...variant(probe, 'as seen'),
    derived: true,
    deadlineMs: source.deadlineMs + probe.deadlineMs,
    async read(session) {
      await session.share(source)
      return session.share(probe)
    },
  }
}

function variant<T>(probe: Probe<T>, word: string): Probe<T> {
  return { ...probe, variant: `${probe.variant ?? ''} ${word}` }
}
