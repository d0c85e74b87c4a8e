import { Unobserved, Unreachable } from '../outcome.ts'

/** What was thrown in another thread, as plain data: a class does not survive the crossing. */
export type Thrown =
  | { readonly kind: 'unreachable'; readonly address: string; readonly text: string; readonly refused: boolean }
  | { readonly kind: 'unobserved'; readonly id: string; readonly text: string }
  | { readonly kind: 'defect'; readonly text: string; readonly stack: string }

const PREFIX = 'unreachable:'

export function describeThrown(error: unknown): Thrown {
  if (error instanceof Unreachable) {
    const { id, text } = error.rootCause
    return { kind: 'unreachable', address: id.slice(PREFIX.length), text, refused: error.refused }
  }
  if (error instanceof Unobserved) return { kind: 'unobserved', ...error.rootCause }
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error))
  return { kind: 'defect', text: message, stack }
}

/** The error that it was. */
export function restoreThrown(thrown: Thrown): Error {
  if (thrown.kind === 'unreachable') return new Unreachable(thrown.address, thrown.text, { refused: thrown.refused })
  if (thrown.kind === 'unobserved') return new Unobserved({ id: thrown.id, text: thrown.text })
  const error = new Error(thrown.text)
  error.stack = thrown.stack
  return error
}
