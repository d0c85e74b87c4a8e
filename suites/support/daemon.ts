import type { Cause } from '../../src/outcome.ts'

/** How much log a container may keep: the runbook's own numbers, in the engine's words. */
export const LOG_OPTIONS = { 'max-size': '10m', 'max-file': '3' } as const

/** Why nothing can be said of the daemon’s own process. */
export const HIDDEN_DAEMON: Cause = {
  id: 'untold:daemon-process',
  text: 'the engine’s process is not among those that this account sees (rootless, another engine, or hidepid); run the suite as root or waive the line',
}

/** daemon.json as an object, or why it is none. */
export function daemonSettings(text: string): { readonly settings: Record<string, unknown> | null; readonly error: string } {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { settings: { ...parsed }, error: '' }
    return { settings: null, error: 'it holds no JSON object' }
  } catch (error) {
    return { settings: null, error: error instanceof Error ? error.message : String(error) }
  }
}
