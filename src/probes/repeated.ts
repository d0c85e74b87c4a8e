import type { Probe } from '../probe.ts'

/** The same observation several times, one after the other. */
export function repeated<T>(source: Probe<T>, times: number): Probe<readonly T[]> {
  return {
    ...source,
    kind: `${source.kind}-repeated`,
    access: { ...source.access, operation: `${source.access.operation}, ${times} times` },
    deadlineMs: source.deadlineMs * times,
    async read(session) {
      const values: T[] = []
      const raws: string[] = []
      let origin: { readonly origin?: 'simulated' } = {}
      for (let time = 0; time < times; time += 1) {
        const { value, raw, ...rest } = await source.read(session)
        values.push(value)
        raws.push(raw)
        origin = rest
      }
      return { ...origin, value: values, raw: raws.join('\n\n') }
    },
  }
}
