import { randomUUID } from 'node:crypto'
import { type FileHandle, open, rename, rm, symlink } from 'node:fs/promises'
import path from 'node:path'
import { ReportError } from './error.ts'

export { ReportError } from './error.ts'

export interface WriteOptions {
  /** Waits until the disk holds it, so that it also survives a power cut. */
  readonly durable?: boolean
  /** Puts the text into the open file; tests put a full disk here. */
  readonly fill?: (file: FileHandle, text: string) => Promise<void>
}

/**
 * Replaces a file as a whole: a reader, or a run that was killed, sees the old text or the new one, never half of it.
 * @throws ReportError naming path, reason and remedy; the old file is then untouched.
 */
export async function writeAtomically(
  file: string,
  text: string,
  { durable = false, fill = fillFile }: WriteOptions = {},
): Promise<void> {
  const temporary = besides(file)
  try {
    const handle = await open(temporary, 'wx', 0o644)
    try {
      await fill(handle, text)
      if (durable) await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, file)
  } catch (error) {
    await discard(temporary)
    throw new ReportError('write', file, error)
  }
}

/** Removes what is left of a failed attempt, where anything is: what went wrong before is what the caller must hear of. */
async function discard(temporary: string): Promise<void> {
  await Promise.allSettled([rm(temporary, { force: true })])
}

/** Points a symbolic link at another target, without a moment in which there is none. @throws ReportError */
export async function relink(link: string, target: string): Promise<void> {
  const temporary = besides(link)
  try {
    await symlink(target, temporary, 'dir')
    await rename(temporary, link)
  } catch (error) {
    await discard(temporary)
    throw new ReportError('point', link, error)
  }
}

/** Adds one line to a file in a single write, so that lines of parallel runs do not interleave. @throws ReportError */
export async function appendLine(file: string, line: string): Promise<void> {
  try {
    const handle = await open(file, 'a+', 0o644)
    try {
      // A run that was killed may have left half a line: ours begins on its own.
      const prefix = (await endsMidLine(handle)) ? '\n' : ''
      await handle.write(`${prefix}${line}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw new ReportError('add a line to', file, error)
  }
}

async function endsMidLine(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat()
  if (size === 0) return false
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer[0] !== 0x0a
}

async function fillFile(file: FileHandle, text: string): Promise<void> {
  await file.writeFile(text, 'utf8')
}

function besides(file: string): string {
  return path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}-${randomUUID().slice(0, 8)}`)
}
