import { createHash, type Hash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { pipeline as connect, type Readable, Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { type BackupFile, UnusableBackup } from './manifest.ts'

/** Level 1 packs rows about three times faster than the default and hardly worse. */
const GZIP_LEVEL = 1

export interface StoreOptions {
  /** The backup's directory. */
  readonly directory: string
  /** Relative to it; packed by gzip where it ends in .gz. */
  readonly path: string
  readonly signal?: AbortSignal
}

/**
 * Streams content to a file of a backup: packed, hashed and counted on the way, never held in memory. It gets its name only
 * when every byte is on the disk; where anything fails nothing is left behind.
 */
export async function storeFile(content: Readable, { directory, path: relative, signal }: StoreOptions): Promise<BackupFile> {
  const file = path.join(directory, relative)
  const unfinished = `${file}.partial`
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  const unpacked = counting()
  const stored = counting(createHash('sha256'))
  const sink = createWriteStream(unfinished, { mode: 0o600, flush: true })
  const options = signal === undefined ? {} : { signal }
  try {
    if (relative.endsWith('.gz'))
      await pipeline(content, unpacked.stream, createGzip({ level: GZIP_LEVEL }), stored.stream, sink, options)
    else await pipeline(content, unpacked.stream, stored.stream, sink, options)
    await rename(unfinished, file)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
  return { path: relative, sha256: stored.digest(), bytes: stored.bytes(), contentBytes: unpacked.bytes() }
}

/** Checks size and checksum of a backup's file before anything is made of it. @throws UnusableBackup saying which differs. */
export async function verifyFile(directory: string, expected: BackupFile, signal?: AbortSignal): Promise<void> {
  const stored = counting(createHash('sha256'))
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const file = path.join(directory, expected.path)
  try {
    await pipeline(createReadStream(file), stored.stream, nowhere, signal === undefined ? {} : { signal })
  } catch (error) {
    signal?.throwIfAborted()
    throw new UnusableBackup(`${expected.path} cannot be read (${messageOf(error)})`, { cause: error })
  }
  if (stored.bytes() < expected.bytes)
    throw new UnusableBackup(`${expected.path} is truncated: it has ${stored.bytes()} of ${expected.bytes} bytes`)
  if (stored.bytes() > expected.bytes || stored.digest() !== expected.sha256)
    throw new UnusableBackup(`${expected.path} was altered: its checksum is not the one in the manifest`)
}

/** The content of a backup's file, unpacked; fails with UnusableBackup once it is longer than the manifest says. */
export function contentOf(directory: string, file: BackupFile): Readable {
  const limit = new Transform({ transform: limited(file) })
  const stored = createReadStream(path.join(directory, file.path))
  // What goes wrong on the way is told by the last of them, to whoever reads it.
  if (file.path.endsWith('.gz')) connect(stored, createGunzip(), limit, () => undefined)
  else connect(stored, limit, () => undefined)
  return limit
}

/** A small text file of a backup, whose content that is, within what the manifest says and a fixed bound. @throws UnusableBackup */
export async function textOf(content: Readable, file: BackupFile, maxBytes: number): Promise<string> {
  if (file.contentBytes > maxBytes) {
    content.destroy()
    throw new UnusableBackup(`${file.path} says it holds ${file.contentBytes} bytes; at most ${maxBytes} are read`)
  }
  const chunks: Buffer[] = []
  try {
    for await (const chunk of content) chunks.push(chunk as Buffer)
  } catch (error) {
    if (error instanceof UnusableBackup) throw error
    throw new UnusableBackup(`${file.path} cannot be unpacked (${messageOf(error)})`, { cause: error })
  }
  return Buffer.concat(chunks).toString('utf8')
}

function limited(
  file: BackupFile,
): (chunk: Buffer, encoding: string, done: (error?: Error | null, data?: Buffer) => void) => void {
  let bytes = 0
  return (chunk, _encoding, done) => {
    bytes += chunk.length
    if (bytes <= file.contentBytes) done(null, chunk)
    else done(new UnusableBackup(`${file.path} unpacks to more than the ${file.contentBytes} bytes that the manifest says`))
  }
}

function counting(hash?: Hash): { readonly stream: Transform; bytes(): number; digest(): string } {
  let bytes = 0
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      hash?.update(chunk)
      done(null, chunk)
    },
  })
  return { stream, bytes: () => bytes, digest: () => hash?.digest('hex') ?? '' }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
