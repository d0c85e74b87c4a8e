const SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800, y: 31_536_000 }

/** Seconds of a duration as Prometheus writes it, such as `1m30s`; NaN where it is none. */
export function secondsOf(text: string): number {
  if (text === '0') return 0
  if (!/^(\d+(ms|[smhdwy]))+$/.test(text)) return Number.NaN
  return [...text.matchAll(/(\d+)(ms|[smhdwy])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (SECONDS[unit ?? ''] ?? Number.NaN),
    0,
  )
}
