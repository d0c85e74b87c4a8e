const POLL_MS = 500
/** A terminal's Ctrl-C reaches us twice, from the terminal and through npm; only what comes later is a second request. */
const SAME_REQUEST_MS = 1_000

/** What ended the run early: a signal, or the death of the process that had started it. */
export type InterruptCause = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'the death of its parent'

/** An interruption that the run can wait for and wind down after. */
export interface Interruption {
  /** Aborts with the cause as its reason. */
  readonly signal: AbortSignal
  stop(): void
}

/**
 * Listens for the signals that end a run. Under npm it also watches for npm's death: a SIGKILL of npm reaches nobody else, and
 * nothing may go on running behind it. A second signal ends the process at once; the watchdog then cleans up.
 */
export function listenForInterruption(): Interruption {
  const controller = new AbortController()
  let first = 0
  const interrupt = (cause: InterruptCause): void => {
    if (controller.signal.aborted && performance.now() - first > SAME_REQUEST_MS) process.exit(130)
    first ||= performance.now()
    controller.abort(cause)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const listeners = signals.map((signal) => [signal, () => interrupt(signal)] as const)
  for (const [signal, listener] of listeners) process.on(signal, listener)
  const parent = watchParent(() => controller.abort('the death of its parent' satisfies InterruptCause))
  return {
    signal: controller.signal,
    stop() {
      clearInterval(parent)
      for (const [signal, listener] of listeners) process.off(signal, listener)
    },
  }
}

function watchParent(onDeath: () => void): NodeJS.Timeout | undefined {
  if (process.env.npm_lifecycle_event === undefined) return undefined
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid !== parent) onDeath()
  }, POLL_MS)
  return timer.unref()
}
