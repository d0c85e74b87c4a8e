import { expect } from 'vitest'
import { UsageError } from '../../src/outcome.ts'

/** What the operator is told about a file that must be refused. */
export function mistakeOf(load: () => unknown): string {
  try {
    load()
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError)
    return (error as Error).message
  }
  throw new Error('the file was accepted')
}
