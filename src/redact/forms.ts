/** Below this many characters a secret is too likely to be an ordinary word's part: it is only redacted as a whole value. */
export const SHORTEST_NEEDLE = 4

/** What a secret looks like in a text: every needle is searched literally. */
export interface Forms {
  /** The secret itself and its escaped and encoded forms. */
  readonly exact: readonly string[]
  /** The base64 characters that depend on the secret alone when it stands amid other bytes, at each of the three alignments. */
  readonly embedded: readonly string[]
}

/** Every form in which a secret of at least `SHORTEST_NEEDLE` characters is searched, each once. */
export function formsOf(secret: string): Forms {
  const bytes = Buffer.from(secret, 'utf8')
  const json = jsonEscaped(secret)
  const nested = unique(json.flatMap(jsonEscaped))
  // Logs hold answers that hold logs: what is within JSON twice may be within it twice more.
  const deeper = nested.map(asJsonText)
  const exact = [
    secret,
    ...json,
    ...nested,
    ...deeper,
    ...deeper.map(asJsonText),
    ...urlEncoded(secret, bytes),
    ...htmlEscaped(secret),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
  ]
  return { exact: unique(exact), embedded: unique([0, 1, 2].flatMap((shift) => embeddedBase64(bytes, shift))) }
}

function jsonEscaped(text: string): string[] {
  const plain = asJsonText(text)
  // Python and Java escape all that is not ASCII, PHP escapes the slash; .NET and Go escape what HTML would read.
  const ascii = plain.replace(/[^\x20-\x7e]/g, (unit) => unicodeEscape(unit))
  const html = ascii.replace(/[<>&'+]/g, (unit) => unicodeEscape(unit))
  const quoted = ascii.replaceAll('\\"', unicodeEscape('"'))
  return [plain, ascii, html, quoted, ...[plain, ascii, html].map((form) => form.replaceAll('/', '\\/'))].flatMap((form) => [
    form,
    form.replace(/\\u[0-9a-f]{4}/g, (hex) => `\\u${hex.slice(2).toUpperCase()}`),
  ])
}

function asJsonText(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function unicodeEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function urlEncoded(secret: string, bytes: Buffer): string[] {
  const component = encodeURIComponent(secret.toWellFormed())
  const strict = component.replace(/[!'()*]/g, (char) => percent(char.charCodeAt(0)))
  const form = new URLSearchParams([['', secret]]).toString().slice(1)
  const path = encodeURI(secret.toWellFormed())
  const everyByte = [...bytes].map(percent).join('')
  return [component, strict, form, path, everyByte].flatMap((text) => [
    text,
    text.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()),
  ])
}

function percent(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
}

function htmlEscaped(secret: string): string[] {
  const angles = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  const quoted = angles.replaceAll('"', '&quot;')
  return [angles, quoted, ...['&#39;', '&#x27;', '&apos;'].map((quote) => quoted.replaceAll("'", quote))]
}

function embeddedBase64(bytes: Buffer, shift: number): string[] {
  const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64')
  const first = Math.ceil((shift * 8) / 6)
  const last = Math.floor(((shift + bytes.length) * 8) / 6)
  const own = encoded.slice(first, last)
  return own.length < SHORTEST_NEEDLE ? [] : [own, own.replaceAll('+', '-').replaceAll('/', '_')]
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)]
}
