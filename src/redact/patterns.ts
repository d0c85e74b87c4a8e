/** Secrets known by their shape alone. Each pattern takes time linear in the text: no start overlaps what another start scanned. */

export const MARK = '[redacted]'

interface Pattern {
  readonly pattern: RegExp
  /** What stays of a match: the text around the secret. */
  readonly replacement: string
}

const SECRET_HEADER = '(?:proxy-)?authorization|(?:set-)?cookie2?|x-(?:api-key|auth-token|access-token|csrf-token)'
const SECRET_NAME =
  'password|passwd|passphrase|passwort|pwd|secret|token|credentials?|(?:api|access|private|secret|account|encryption|signing)[_-]?key'
const SCHEME = '(?:(?:bearer|basic|digest|negotiate|token|apikey|aws4-hmac-sha256)[ \\t]+)?'
/** A reference such as `$API_KEY`, `${API_KEY}` or `$(cat …)` stays: a reproduce line names secrets and holds none. */
const NO_REFERENCE = String.raw`(?!${SCHEME}\\*["']{0,2}\$[A-Za-z_{(]|\[redacted\]|[ \t])`

const STRING = String.raw`"(?:\\[^]|[^"\\])+`
const SINGLE = String.raw`'(?:\\[^]|[^'\\])+`

const PATTERNS: readonly Pattern[] = [
  // A whole header line, as in a raw HTTP message or in the output of `curl -v`.
  rule(`^([<>*]?[ \\t]*(?:${SECRET_HEADER}):[ \\t]*${SCHEME})${NO_REFERENCE}[^\\r\\n]+`, 'gim', `$1${MARK}`),
  // A header inside a quoted argument: -H "X-API-Key: …".
  rule(`((["'])(?:${SECRET_HEADER}):[ \\t]*${SCHEME})${NO_REFERENCE}(?:(?!\\2)[^\\r\\n])+`, 'gi', `$1${MARK}`),
  // As a JSON member, its value a string or a list of strings; then the same inside a JSON string.
  rule(`("(?:${SECRET_HEADER})"\\s{0,8}:\\s{0,8})${STRING}"?`, 'gi', `$1"${MARK}"`),
  rule(`("(?:${SECRET_HEADER})"\\s{0,8}:\\s{0,8})\\[(?:[\\s,]*${STRING}"?)*`, 'gi', `$1["${MARK}"`),
  rule(
    String.raw`((?<!\\)\\{1,7}"(?:${SECRET_HEADER}|[\w-]{0,40}(?:${SECRET_NAME}))\\{1,7}"\s{0,8}:\s{0,8}(?:\[\s{0,8})?\\{1,7}")(?:[^"\\]|\\{1,7}[^"\\])+`,
    'gi',
    `$1${MARK}`,
  ),
  // name=value, name="value", "name": "value", name: value at a line's end.
  rule(`((?:${SECRET_NAME})["']?\\s{0,8}[=:]\\s{0,8})${NO_REFERENCE}${STRING}"?`, 'gi', `$1"${MARK}"`),
  rule(`((?:${SECRET_NAME})["']?\\s{0,8}[=:]\\s{0,8})${NO_REFERENCE}${SINGLE}'?`, 'gi', `$1'${MARK}'`),
  rule(String.raw`^((?:export[ \t]+)?\w{0,60}(?:${SECRET_NAME})=)${NO_REFERENCE}(?!["'])[^\r\n]+`, 'gim', `$1${MARK}`),
  rule(String.raw`((?:${SECRET_NAME})=)${NO_REFERENCE}[^\s"'&,;<>\\]+`, 'gi', `$1${MARK}`),
  rule(String.raw`^([ \t]*(?:- )?[\w.-]{0,60}(?:${SECRET_NAME}):[ \t]+)${NO_REFERENCE}[^\s"'{[|>]+$`, 'gim', `$1${MARK}`),
  // scheme://user:password@host
  rule(String.raw`(?<=:\/\/)([^\s/@:"'<>]*:)(?!\$[A-Za-z_{(])(?!\[redacted\]@)[^\s/"'<>]+@`, 'g', `$1${MARK}@`),
  rule(
    `-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[^]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)`,
    'g',
    MARK,
  ),
  rule(String.raw`(?<![\w-])eyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*`, 'g', MARK),
  rule(`(?<![A-Z0-9])(?:AKIA|ASIA|AIDA|AROA)[A-Z0-9]{16}(?![A-Z0-9])`, 'g', MARK),
  rule(
    String.raw`(?<!\w)(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}|glpat-[\w-]{20,255}|npm_[A-Za-z0-9]{36})`,
    'g',
    MARK,
  ),
  rule(String.raw`(?<![\w-])xox[a-z]-[\w-]{10,255}|(?<=hooks\.slack\.com\/)(?:services|workflows)\/[\w/-]{10,255}`, 'g', MARK),
]

function rule(source: string, flags: string, replacement: string): Pattern {
  return { pattern: new RegExp(source, flags), replacement }
}

/** Removes everything that looks like a secret: headers, assignments, passwords in URLs, keys and tokens. */
export function redactPatterns(text: string): string {
  return PATTERNS.reduce((rest, { pattern, replacement }) => rest.replace(pattern, replacement), text)
}
