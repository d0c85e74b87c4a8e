import type { Probe } from '../probe.ts'

/** For checks that observe step by step: the observation that the whole run shares, in place of a fresh one. */
export function sharedOnce<T>(source: Probe<T>): Probe<T> {
  return {
    ...source,
    kind: `${source.kind}-shared`,
    derived: true,
    deadlineMs: source.deadlineMs + 1_000,
    read: (session) => session.share(source),
  }
}
