import { closest, distance } from 'fastest-levenshtein'

/** `, did you mean "preflight"?` where a known word is close to the one given; empty otherwise. */
export function nearest(given: string, known: readonly string[]): string {
  if (known.length === 0) return ''
  const best = closest(given, [...known])
  return distance(given, best) <= Math.max(2, Math.floor(given.length / 3)) ? `, did you mean "${best}"?` : ''
}
