import { readdirSync } from 'node:fs'
import { expect } from 'vitest'
import { UsageError } from '../../src/outcome.ts'

/** The names of the inputs in a folder of golden files: each has its message beside it. */
export function goldenInputs(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml.txt'))
    .map((name) => name.replace(/\.yaml\.txt$/, ''))
    .sort()
}

/** What an operator is told; the test fails where nothing is wrong, or where it is told as a defect of the suite. */
export function messageOf(load: () => unknown): string {
  try {
    load()
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError)
    return error instanceof Error ? error.message : String(error)
  }
  throw new Error('nothing was found wrong')
}
