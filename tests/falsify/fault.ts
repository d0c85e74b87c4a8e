import type { Fault } from '../../src/falsify/fault.ts'

/** A fault for tests of what is made of faults; it does nothing. */
export function someFault(expected: Partial<Fault['expect']>, changes: Partial<Fault> = {}): Fault {
  return {
    id: 'some-fault',
    title: 'Something is broken.',
    touches: ['host'],
    expect: { failed: [], unobserved: [], within: [], ...expected },
    ...changes,
  }
}
