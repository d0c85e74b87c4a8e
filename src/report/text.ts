/** Characters that steer a terminal, a parser or the reading direction, and some that hide: none may act in a report. */
const STEERING =
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff]|[\u{e0000}-\u{e007f}]/gu

/** The text with every steering character made visible: ESC as ⟨U+001B⟩, a bidi override as ⟨U+202E⟩. Newlines and tabs stay. */
export function visible(text: string): string {
  return text.toWellFormed().replaceAll('\r\n', '\n').replace(STEERING, picture)
}

/** The same on one line. */
export function visibleLine(text: string): string {
  return visible(text).replace(/\s*\n\s*/g, ' ⏎ ')
}

function picture(char: string): string {
  const code = char.codePointAt(0) ?? 0
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`
}

/** A time as people compare it: `2026-11-24 10:15:00 UTC`. */
export function utc(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`
}

/** A span of time: `840 ms`, `3.2 s`, `4 min 05 s`, `2 h 10 min`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${roundTo(ms, ms < 10 ? 1 : 0)} ms`
  if (ms < 60_000) return `${roundTo(ms / 1_000, 1)} s`
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 60) return `${minutes} min ${String(Math.floor((ms % 60_000) / 1_000)).padStart(2, '0')} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

/** A number with at most three decimals, without trailing noughts, its thousands apart. */
export function figure(value: number): string {
  const [whole = '', decimals] = String(roundTo(value, 3)).split('.')
  const apart = whole.replace(/\B(?=(?:\d{3})+$)/g, ',')
  return decimals === undefined ? apart : `${apart}.${decimals}`
}

/** A figure with its unit; bytes in the greatest unit that leaves a whole number. */
export function amount(value: number, unit: string): string {
  if (unit !== 'B') return `${figure(value)} ${unit}`
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, Math.abs(value))) / 3)))
  return `${figure(roundTo(value / 1_000 ** step, 1))} ${units[step]}`
}

function roundTo(value: number, digits: number): number {
  const factor = 10 ** digits
  return Math.round(value * factor) / factor
}

/** The word in the number that the count asks for. */
export function plural(count: number, word: string, several = `${word}s`): string {
  return `${count} ${count === 1 ? word : several}`
}

/** The first so many lines and characters, and how much is left out. */
export function excerpt(text: string, { lines, chars }: { readonly lines: number; readonly chars: number }): string {
  const all = text.split('\n')
  const kept = all.slice(0, lines).join('\n').slice(0, chars).toWellFormed()
  if (kept.length === text.length) return text
  return `${kept}${kept.endsWith('\n') ? '' : '\n'}… ${text.length - kept.length} more characters`
}
