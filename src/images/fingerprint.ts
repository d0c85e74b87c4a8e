import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { ContextFile } from './context.ts'

/** Hex digits of the hash in an image's tag. */
const DIGITS = 12

/** A hash over the words and over name, mode and content of every file: equal inputs, equal image. */
export async function fingerprint(words: readonly string[], files: readonly ContextFile[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(words))
  for (const { name, file, isExecutable } of files) {
    const content = createHash('sha256')
    await pipeline(createReadStream(file), content)
    hash.update(JSON.stringify([name, isExecutable, content.digest('hex')]))
  }
  return hash.digest('hex').slice(0, DIGITS)
}
