import type { Measurement } from './model.ts'

type Figure = Pick<Measurement, 'unit' | 'value' | 'series'>

/** Fewer samples tell nothing of how much a figure scatters. */
const ENOUGH_SAMPLES = 20
/** Standard deviations to each side: 95 % of what chance does. */
const Z = 1.96
/** What a busy machine adds to a single taking of the time. */
const SINGLE_SHOT: Readonly<Record<string, number>> = { ms: 50, s: 0.05 }

/** A change of at least this part of the earlier value is worth a reader's time. */
const WORTH_TELLING = 0.2

/** True where a figure has changed by more than a fifth, and by more than chance explains. */
export function hasMoved(before: Figure, after: Figure): boolean {
  const change = Math.abs(after.value - before.value)
  if (change === 0 || change <= WORTH_TELLING * Math.abs(before.value)) return false
  const [one, other] = [spread(before), spread(after)]
  return one.highest < other.lowest || other.highest < one.lowest
}

/** Between which values the figure may lie if it were measured again under the same conditions. */
function spread({ unit, value, series }: Figure): { readonly lowest: number; readonly highest: number } {
  if (series.length < ENOUGH_SAMPLES) {
    const margin = (SINGLE_SHOT[unit] ?? 0) / 2
    return { lowest: value - margin, highest: value + margin }
  }
  // The interval of a quantile from the order of the samples alone: it holds for every distribution, and latencies have odd ones.
  const sorted = series.map(([, sample]) => sample).toSorted((a, b) => a - b)
  const count = sorted.length
  const rank = sorted.filter((sample) => sample <= value).length
  const share = Math.min(Math.max(rank / count, 1 / (count + 1)), count / (count + 1))
  const margin = Z * Math.sqrt(count * share * (1 - share))
  const at = (position: number): number => sorted[Math.min(Math.max(Math.round(position), 0), count - 1)] ?? value
  return { lowest: Math.min(value, at(rank - 1 - margin)), highest: Math.max(value, at(rank - 1 + margin)) }
}
