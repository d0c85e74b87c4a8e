import { createHash } from 'node:crypto'
import { type Duplex, type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { BrokenBackup } from './flaw.ts'
import { type Form, HEAD_BYTES, recognise } from './recognise.ts'
import { unpacker } from './unpacking.ts'

/** What a stored file should be; what is not known is not compared. */
export interface Expected {
  readonly path: string
  readonly bytes: number
  readonly sha256?: string | undefined
  /** At most so many bytes are unpacked from it. */
  readonly mostUnpacked: number
  /** Where that bound comes from, in words. */
  readonly bound: string
}

/** A stored file that is being read: its content, unpacked, and what its first bytes say that it is. */
export interface Unpacked {
  readonly form: Form
  readonly head: Buffer
  /** Its end tells that all of it came, and was what it should be. */
  readonly content: Readable
  /** What it was packed by. */
  readonly packedBy: string | undefined
  /** The first thing that went wrong with the file itself, whatever became of those who read it. */
  readonly failure: () => unknown
}

/** What a stage is told when another one was first: not a failure of its own. */
const FOLLOWING = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR', 'EPIPE'])

/** Opens a stored file and recognises it; counts, hashes and unpacks it on the way, never holding it. */
export async function unpacked(stored: Readable, expected: Expected): Promise<Unpacked> {
  const failures: unknown[] = []
  const watch = <S extends Readable>(stream: S): S =>
    stream.on('error', (error: NodeJS.ErrnoException) => void (FOLLOWING.has(error.code ?? '') || failures.push(error)))
  const failure = (): unknown => failures[0]
  const whole = stage(checked(expected))
  joined(watch(stored), watch(whole.stream))
  const head = await whole.head
  const form = recognise(head)
  if (form.kind !== 'packed') return { form, head, content: whole.stream, packedBy: undefined, failure }
  const unpacking = watch(unpacker(form.by))
  const content = stage(bounded(expected))
  joined(whole.stream, unpacking)
  joined(unpacking, watch(content.stream))
  const inner = await content.head
  return { form: recognise(inner), head: inner, content: content.stream, packedBy: form.by, failure }
}

/** As pipeline does, with the failure told by the stream that is read. */
function joined(from: Readable, to: Duplex): void {
  pipeline(from, to).catch((error: Error) => to.destroy(error))
}

/** What a stage does with what passes through it. */
interface Passing {
  readonly chunk: (chunk: Buffer) => Error | undefined
  readonly end: () => Error | undefined
}

/** A stage that passes everything on, and tells the first bytes of it before anybody reads. */
function stage({ chunk: look, end }: Passing): { readonly stream: Transform; readonly head: Promise<Buffer> } {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const first: Buffer[] = []
  let bytes = 0
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const error = look(chunk)
      if (error !== undefined) return done(error)
      if (bytes < HEAD_BYTES) {
        first.push(chunk)
        bytes += chunk.length
        if (bytes >= HEAD_BYTES) resolve(Buffer.concat(first))
      }
      done(null, chunk)
    },
    flush(done) {
      const error = end()
      if (error === undefined) resolve(Buffer.concat(first))
      done(error ?? null)
    },
    destroy(error, done) {
      reject(error ?? new Error('the stream was closed before anything of it was read'))
      done(error)
    },
  })
  // Of two that wait, the second is told as well.
  void Promise.allSettled([promise])
  return { stream, head: promise }
}

/** Counts and hashes what is stored; fails at its end where it is not what it should be. */
function checked({ path, bytes: wanted, sha256 }: Expected): Passing {
  const hash = createHash('sha256')
  let bytes = 0
  return {
    chunk(chunk) {
      bytes += chunk.length
      if (sha256 !== undefined) hash.update(chunk)
      return undefined
    },
    end() {
      if (bytes < wanted) return new BrokenBackup('truncated', `${path} is truncated: it has ${bytes} of ${wanted} bytes`)
      if (bytes === wanted && (sha256 === undefined || hash.digest('hex') === sha256)) return undefined
      return new BrokenBackup('altered', `${path} was altered: its checksum is not the one that was noted when it was taken`)
    },
  }
}

function bounded({ path, mostUnpacked, bound }: Expected): Passing {
  let bytes = 0
  return {
    chunk(chunk) {
      bytes += chunk.length
      if (bytes <= mostUnpacked) return undefined
      return new BrokenBackup(
        'bomb',
        `${path} unpacks to more than ${mostUnpacked} bytes (${bound}); unpacking was stopped there`,
      )
    },
    end: () => undefined,
  }
}
