/** Waits no longer than the signal; what was waited for keeps a handler, so that its late failure harms nobody. */
export function raced<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  return Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', onAbort))
}
