/** How much log a container may keep: the runbook's own numbers, in the engine's words. */
export const LOG_OPTIONS = { 'max-size': '10m', 'max-file': '3' } as const

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
