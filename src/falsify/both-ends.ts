/**
 * Works on what is sorted, longest first, so many at a time. Half of the lanes begin with the longest, which mostly wait, the
 * others with the shortest, which mostly compute: so neither the processors nor the end of a long one are waited for. The
 * results are in the order of the items.
 */
export async function fromBothEnds<T, R>(items: readonly T[], lanes: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Map<number, R>()
  let next = 0
  let last = items.length - 1
  const lane = async (takesLong: boolean): Promise<void> => {
    while (next <= last) {
      const index = takesLong ? next++ : last--
      const item = items[index]
      if (item !== undefined) results.set(index, await work(item))
    }
  }
  await Promise.all(Array.from({ length: lanes }, (_, index) => lane(index % 2 === 0 && index < lanes - 1)))
  return [...results].toSorted(([one], [other]) => one - other).map(([, result]) => result)
}
