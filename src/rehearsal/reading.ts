import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { BrokenBackup } from './flaw.ts'
import { type Form, HEAD_BYTES, recognise } from './recognise.ts'

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
  const whole = watch(checked(expected))
  joined(watch(stored), whole)
  const outer = await headOf(whole)
  const form = recognise(outer)
  if (form.kind !== 'packed') return { form, head: outer, content: whole, packedBy: undefined, failure: () => failures[0] }
  const unpacking = watch(form.by === 'gzip' ? createGunzip() : createZstdDecompress())
  const content = watch(bounded(expected))
  joined(whole, unpacking)
  joined(unpacking, content)
  const head = await headOf(content)
  return { form: recognise(head), head, content, packedBy: form.by, failure: () => failures[0] }
}

/** As pipeline does, with the failure told by the stream that is read. */
function joined(from: Readable, to: Transform): void {
  pipeline(from, to).catch((error: Error) => to.destroy(error))
}

/** Counts and hashes what is stored; fails at its end where it is not what it should be. */
function checked({ path, bytes: wanted, sha256 }: Expected): Transform {
  const hash = createHash('sha256')
  let bytes = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (sha256 !== undefined) hash.update(chunk)
      done(null, chunk)
    },
    flush(done) {
      if (bytes < wanted) return done(new BrokenBackup('truncated', `${path} is truncated: it has ${bytes} of ${wanted} bytes`))
      if (bytes > wanted || (sha256 !== undefined && hash.digest('hex') !== sha256))
        return done(
          new BrokenBackup('altered', `${path} was altered: its checksum is not the one that was noted when it was taken`),
        )
      done()
    },
  })
}

function bounded({ path, mostUnpacked, bound }: Expected): Transform {
  let bytes = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes <= mostUnpacked) done(null, chunk)
      else
        done(
          new BrokenBackup('bomb', `${path} unpacks to more than ${mostUnpacked} bytes (${bound}); unpacking was stopped there`),
        )
    },
  })
}

/** The first bytes of a stream, which stay in it; fewer where it ends before. */
async function headOf(stream: Readable): Promise<Buffer> {
  for (;;) {
    const head = stream.read(HEAD_BYTES) as Buffer | null
    if (head !== null) {
      stream.unshift(head)
      return head
    }
    if (stream.readableEnded) return Buffer.alloc(0)
    await Promise.race([once(stream, 'readable'), once(stream, 'end')])
  }
}
