/** The middle one of an odd number of values, the lower of the two middle ones of an even number. @throws RangeError where there are none. */
export function median(values: readonly number[]): number {
  const middle = [...values].sort((a, b) => a - b)[Math.ceil(values.length / 2) - 1]
  if (middle === undefined) throw new RangeError('no median of no values')
  return middle
}
