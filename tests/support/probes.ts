import { Unreachable } from '../../src/outcome.ts'
import type { Probe } from '../../src/probe.ts'

/** A probe of a part that exists only in the test. */
export function fakeProbe<T>(read: Probe<T>['read'], changes: Partial<Probe<T>> & { readonly address?: string } = {}): Probe<T> {
  const { address = 'part:1', ...rest } = changes
  return {
    kind: 'fake',
    access: { system: 'part', address, operation: 'read it', effect: 'read', reproduce: 'cat it' },
    deadlineMs: 1_000,
    read,
    ...rest,
  }
}

/** A probe that answers with that value. */
export function answering<T>(value: T, changes: Parameters<typeof fakeProbe<T>>[1] = {}): Probe<T> {
  return fakeProbe(async () => ({ value, raw: JSON.stringify(value) }), changes)
}

/** A probe whose address says no. */
export function refusing(changes: Parameters<typeof fakeProbe<never>>[1] = {}): Probe<never> {
  return fakeProbe<never>(async () => {
    throw new Unreachable(changes.address ?? 'part:1', 'part:1 refused the connection', { refused: true })
  }, changes)
}
