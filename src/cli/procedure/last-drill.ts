import { readHistory } from '../../report/history.ts'

/** Measurement of the time from the detection of a bad release to the first thing stored correctly, in milliseconds. */
const RTO = /(^|\/)rollback\.rto$/

/** How long the newest drill in that history took, in words; undefined where none is in it. */
export async function lastDrill(history: string): Promise<string | undefined> {
  const { entries } = await readHistory(history)
  for (const { at, target, environment, measurements } of entries.toReversed()) {
    const ms = Object.entries(measurements).find(([id]) => RTO.test(id))?.[1]
    if (ms === undefined || ms <= 0) continue
    const words = ms < 120_000 ? `${(ms / 1_000).toFixed(1)} s` : `${(ms / 60_000).toFixed(1)} min`
    return `the last drill took ${words} (${at.slice(0, 10)}, ${target}, ${environment}); a larger database takes longer`
  }
  return undefined
}
