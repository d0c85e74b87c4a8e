/** Waits for all before the first failure is passed on: a part that is still starting could not be stopped. */
export async function settled<T extends readonly Promise<unknown>[]>(
  starting: readonly [...T],
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(starting)
  return Promise.all(starting) as Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }>
}
