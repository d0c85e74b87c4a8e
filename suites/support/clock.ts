import type { Finding } from './findings.ts'

/** By how much a clock is ahead of the observer's, in milliseconds: somewhere between the two. */
interface Offset {
  readonly least: number
  readonly most: number
}

/**
 * Compares two clocks that the observer asked one after the other. Each offset is only known within bounds, and so is their
 * difference: it is wrong where even the kindest reading exceeds the limit, and unknown where the bounds are wider than the limit itself.
 */
export function clockFinding(name: string, one: Offset, other: Offset, limitSeconds: number): Finding {
  const least = one.least - other.most
  const most = one.most - other.least
  const kindest = least > 0 ? least : most < 0 ? -most : 0
  if (kindest >= limitSeconds * 1000) return { wrong: `${name}: at least ${(kindest / 1000).toFixed(2)} s apart` }
  if (most - least > 2 * limitSeconds * 1000) {
    return {
      unknown: `${name}: its answer took so long that its clock is only known within ${((most - least) / 1000).toFixed(1)} s`,
    }
  }
  return Math.abs(most + least) / 2 < limitSeconds * 1000
    ? null
    : { wrong: `${name}: about ${((most + least) / 2000).toFixed(2)} s apart` }
}
