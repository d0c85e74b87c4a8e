import type { Probe } from '../probe.ts'
import type { Answered } from './answered.ts'
import { instantQuery } from './prometheus.ts'

/** Prometheus's time against the observer's, in milliseconds. */
export interface ClockReading {
  /** Prometheus's clock, milliseconds since 1970. */
  readonly time: number
  /** How far it is ahead of the observer's clock, taken in the middle of the request. */
  readonly offsetMs: number
  /** Half of the time that the request took: how wrong the offset may be. */
  readonly uncertaintyMs: number
}

/** What time Prometheus thinks it is. */
export function prometheusNow(url: string): Probe<Answered<ClockReading>> {
  const query = instantQuery(url, 'time()')
  return {
    ...query,
    kind: 'prometheus-clock',
    async read(session) {
      const start = Date.now()
      const { value, raw } = await query.read(session)
      const end = Date.now()
      if (!value.ok) return { value, raw }
      if (value.value.resultType !== 'scalar') return { value: { ok: false, problem: 'answered no time' }, raw }
      const time = Number(value.value.result[1]) * 1_000
      const offsetMs = time - (start + end) / 2
      return { value: { ok: true, value: { time, offsetMs, uncertaintyMs: (end - start) / 2 } }, raw }
    },
  }
}
