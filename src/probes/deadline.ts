import type { Session } from '../probe.ts'

/** A probe's own time limit, shorter than the observer's, so that the cause it can name survives. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal
  /** True once the time is over (and not merely the run interrupted). */
  readonly expired: () => boolean
}

/** The time that the observer grants beyond a probe's own limit, in milliseconds. */
export const GRACE_MS = 500

/** Starts the limit; dispose it when the probe is done. */
export function deadline(session: Session, ms: number): Deadline {
  const controller = new AbortController()
  let expired = false
  const timer = setTimeout(() => {
    expired = true
    controller.abort(new Error(`no answer within ${ms} ms`))
  }, ms)
  const interrupt = (): void => controller.abort(session.signal.reason)
  session.signal.addEventListener('abort', interrupt)
  if (session.signal.aborted) interrupt()
  return {
    signal: controller.signal,
    expired: () => expired,
    [Symbol.dispose]() {
      clearTimeout(timer)
      session.signal.removeEventListener('abort', interrupt)
    },
  }
}
