/** Runs work when its turn comes: at most so many pieces at once. */
export type Limit = <T>(work: () => Promise<T>) => Promise<T>

/** A limit on how much runs at once, first come, first served. */
export function limitTo(most: number): Limit {
  let running = 0
  const waiting: (() => void)[] = []
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve))
    else running += 1
    try {
      return await work()
    } finally {
      // The next one takes over this one's place.
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
