import { formsOf, SHORTEST_NEEDLE } from './redact/forms.ts'
import { MARK, redactPatterns } from './redact/patterns.ts'

/** Removes secrets from a text. */
export type Redactor = (text: string) => string

/**
 * Makes the function through which everything goes that a run keeps or prints. It replaces by `[redacted]`: each of the given
 * secrets, plain and as base64 (also amid other bytes), URL-encoded, JSON- and HTML-escaped and hex, and by shape what else
 * looks like a secret. A secret shorter than four characters is replaced only where it is a whole value (`=pw`, `"pw"`),
 * since as part of words it would blacken ordinary text. Base64 that is wrapped within the secret itself is not recognised.
 */
export function createRedactor(secrets: readonly string[]): Redactor {
  const known = [...new Set(secrets)].filter((secret) => secret !== '')
  const forms = known.filter((secret) => secret.length >= SHORTEST_NEEDLE).map(formsOf)
  const exact = [...new Set(forms.flatMap((form) => form.exact))]
  const embedded = [...new Set(forms.flatMap((form) => form.embedded))]
  const short = known.filter((secret) => secret.length < SHORTEST_NEEDLE).map(wholeValue)
  return (text) => {
    const places = [
      ...exact.flatMap((needle) => placesOf(text, needle)),
      ...embedded.flatMap((needle) => placesOf(text, needle).map((place) => withEdges(text, place))),
    ]
    const withoutKnown = short.reduce((rest, pattern) => rest.replace(pattern, `$1${MARK}`), blacken(text, places))
    return redactPatterns(withoutKnown)
  }
}

interface Place {
  readonly from: number
  readonly to: number
}

/** Every occurrence, overlapping ones included as one stretch: a secret may begin within another one. */
function placesOf(text: string, needle: string): Place[] {
  const places: { from: number; to: number }[] = []
  for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + 1)) {
    const last = places.at(-1)
    if (last !== undefined && at <= last.to) last.to = at + needle.length
    else places.push({ from: at, to: at + needle.length })
  }
  return places
}

/** The base64 character on either side still holds some bits of the secret. */
function withEdges(text: string, { from, to }: Place): Place {
  const inAlphabet = (index: number): boolean => /^[\w+/-]$/.test(text.charAt(index))
  return { from: inAlphabet(from - 1) ? from - 1 : from, to: inAlphabet(to) ? to + 1 : to }
}

function blacken(text: string, places: readonly Place[]): string {
  if (places.length === 0) return text
  const kept: string[] = []
  let end = 0
  for (const { from, to } of places.toSorted((a, b) => a.from - b.from)) {
    if (from > end || (from === end && end === 0)) kept.push(text.slice(end, from), MARK)
    end = Math.max(end, to)
  }
  return kept.join('') + text.slice(end)
}

function wholeValue(secret: string): RegExp {
  const literal = secret.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
  return new RegExp(String.raw`(^|[=:]\s?|["'])${literal}(?=$|["'\s,;&}\])])`, 'gm')
}

/**
 * Cuts a text to at most so many bytes of UTF-8, at a line's end where one is near, and says how much is missing.
 * Redact first: a secret that the cut goes through would no longer be recognised.
 */
export function cap(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text, 'utf8')
  if (bytes.length <= maxBytes) return text
  const head = bytes.subarray(0, characterBoundary(bytes, maxBytes))
  const newline = head.lastIndexOf(0x0a)
  const kept = newline > maxBytes * 0.9 ? head.subarray(0, newline + 1) : head
  const missing = bytes.length - kept.length
  return `${kept.toString('utf8')}${newline === kept.length - 1 ? '' : '\n'}[cut: ${missing} of ${bytes.length} bytes are not shown]`
}

/** The last position at or before `at` where a UTF-8 character begins. */
function characterBoundary(bytes: Buffer, at: number): number {
  let end = at
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return end
}
