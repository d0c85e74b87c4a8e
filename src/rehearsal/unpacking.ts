import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { Duplex } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { BrokenBackup } from './flaw.ts'
import type { Packing } from './recognise.ts'

/** Memory that a tool may take to unpack: the file says how much it wants, and may say anything. */
const MEMORY = '256MiB'
/** Standard error of a tool that is kept for the message. */
const MAX_COMPLAINT = 1_000

/** What a tool says of a file that breaks off; of one that wants too much; everything else that it says is of one that was changed. */
const BREAKS_OFF = /unexpected(?:ly)? end|ends? unexpectedly|unfinished stream|premature end/i
const WANTS_MUCH = /memory usage limit/i

/** What a tool is asked to do: unpack from standard input to standard output. */
export function toolArguments(by: Packing): string[] {
  return by === 'xz' ? ['-dc', `--memlimit-decompress=${MEMORY}`] : ['-dc']
}

/** Unpacks what is written to it: by Node where it can, otherwise by the tool of that name. Its end tells that all of it was sound. */
export function unpacker(by: Packing): Duplex {
  if (by === 'gzip') return createGunzip()
  if (by === 'zstd') return createZstdDecompress()
  return new UnpackingTool(by)
}

/** What a tool's complaint says of the file that it was given. */
export function unpackingFailure(by: string, complaint: string): BrokenBackup {
  const text = complaint.trim().slice(0, MAX_COMPLAINT) || 'no message'
  if (/not found|not installed/i.test(text))
    return new BrokenBackup('not-here', `it is packed by ${by}, and there is no ${by} on the PATH`)
  if (WANTS_MUCH.test(text)) return new BrokenBackup('bomb', `it wants more than ${MEMORY} of memory to be unpacked: ${text}`)
  if (BREAKS_OFF.test(text)) return new BrokenBackup('truncated', `it breaks off: ${text}`)
  return new BrokenBackup('damaged', `it cannot be unpacked: ${text}`)
}

class UnpackingTool extends Duplex {
  readonly #child: ChildProcessWithoutNullStreams

  constructor(by: Packing) {
    super()
    const child = spawn(by, toolArguments(by))
    this.#child = child
    let complaint = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = `${complaint}${text}`.slice(0, MAX_COMPLAINT)
    })
    child.stdout.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) child.stdout.pause()
    })
    // A tool that has seen enough closes its input: its own end says why.
    child.stdin.on('error', () => undefined)
    child.on('error', (error: NodeJS.ErrnoException) =>
      this.destroy(error.code === 'ENOENT' ? unpackingFailure(by, 'not found') : error),
    )
    child.on('close', (code) => {
      if (code === 0) this.push(null)
      else this.destroy(unpackingFailure(by, complaint))
    })
  }

  override _read(): void {
    this.#child.stdout.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#child.stdin.write(chunk, () => done())
  }

  override _final(done: () => void): void {
    this.#child.stdin.end(() => done())
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#child.kill('SIGKILL')
    done(error)
  }
}
