import { isDeepStrictEqual } from 'node:util'

type Settings = { readonly [key: string]: unknown }

/**
 * The text of a daemon.json that has `settings` and keeps everything else that `before` had.
 * The text stays as it is where nothing differs, whatever its layout. @throws SyntaxError where `before` is no JSON object.
 */
export function mergedDaemonJson(before: string | undefined, settings: Settings): string {
  const parsed: unknown = before === undefined || before.trim() === '' ? {} : JSON.parse(before)
  if (!isSettings(parsed)) throw new SyntaxError('daemon.json holds no JSON object; mend it by hand first')
  const after = merged(parsed, settings)
  return before !== undefined && isDeepStrictEqual(parsed, after) ? before : `${JSON.stringify(after, null, 2)}\n`
}

function merged(before: Settings, settings: Settings): Settings {
  const result: Record<string, unknown> = { ...before }
  for (const [key, value] of Object.entries(settings)) {
    const old = before[key]
    result[key] = isSettings(old) && isSettings(value) ? merged(old, value) : value
  }
  return result
}

function isSettings(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
