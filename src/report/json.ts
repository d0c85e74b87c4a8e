/** Control and reading-direction characters that JSON lets stand as they are and that a terminal or an editor would obey. */
const STEERING = /[\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g

/** The value as JSON that is also safe to look at: printing the file steers nothing. */
export function safeJson(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).replace(STEERING, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
