import type { Probe, ProbeTemplate } from '../probe.ts'

/** A template of a probe whose access does not depend on the parameters; `example` serves to declare it. */
export function templated<A, T>(build: (parameters: A) => Probe<T>, example: A): ProbeTemplate<A, T> {
  return { access: build(example).access, with: build }
}
