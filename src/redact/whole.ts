import type { Redactor } from '../redact.ts'

/** Plain data with every text in it passed through the redactor, names of members included. */
export function redactWhole<T>(value: T, redact: Redactor): T {
  return redacted(value, redact) as T
}

function redacted(value: unknown, redact: Redactor): unknown {
  if (typeof value === 'string') return redact(value)
  if (Array.isArray(value)) return value.map((one: unknown) => redacted(one, redact))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [redact(name), redacted(one, redact)]))
}
