import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { type Falsification, falsificationSchema } from './falsification.ts'

/** There is none, or the report directory itself cannot be: whoever writes there says so. */
const NOT_THERE = ['ENOENT', 'ENOTDIR']

/** The last falsification whose files lie in that directory; undefined where there is none, or none that this version understands. */
export async function readFalsification(directory: string): Promise<Falsification | undefined> {
  try {
    const text = await readFile(path.join(directory, 'falsification.json'), 'utf8')
    return falsificationSchema.safeParse(JSON.parse(text)).data
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Error && 'code' in error && NOT_THERE.includes(String(error.code))))
      return undefined
    throw error
  }
}
