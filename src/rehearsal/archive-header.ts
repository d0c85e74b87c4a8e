import { TAR_OF_DUMP } from './recognise.ts'

/** What the head of an archive of pg_dump says of it (formats custom and tar). */
export interface ArchiveHeader {
  /** Of the database that was dumped. */
  readonly database: string
  readonly createdAt: Date | undefined
  /** Major version of the server that was dumped. */
  readonly serverMajor: number | undefined
}

const MAGIC = 5
const TAR_BLOCK = 512
/** Since this version of the format, the way of packing is one byte and no longer a number. */
const ONE_BYTE_PACKING = 0x01_0f

/** Reads it as pg_restore does; undefined where the head is cut off or of a form that we do not know. */
export function archiveHeader(bytes: Buffer): ArchiveHeader | undefined {
  // In a tar it is the content of the first member, which begins behind that one's own head.
  const head = bytes.toString('latin1', 0, TAR_OF_DUMP.length) === TAR_OF_DUMP ? bytes.subarray(TAR_BLOCK) : bytes
  const [major = 0, minor = 0, , intBytes = 0] = head.subarray(MAGIC)
  if (major !== 1 || minor < 10 || intBytes < 2 || intBytes > 8) return undefined
  // Behind the magic: three bytes of version, the sizes of an integer and of an offset, the form.
  let at = MAGIC + 6
  const integer = (): number => {
    const sign = head[at] ?? 0
    let value = 0
    for (let byte = intBytes; byte >= 1; byte -= 1) value = value * 256 + (head[at + byte] ?? 0)
    at += intBytes + 1
    return sign === 0 ? value : -value
  }
  const text = (): string => {
    const length = integer()
    if (length < 0) return ''
    at += length
    return head.toString('utf8', at - length, at)
  }
  if (((major << 8) | minor) >= ONE_BYTE_PACKING) at += 1
  else integer()
  const [second, minute, hour, day, month, year] = [integer(), integer(), integer(), integer(), integer(), integer()]
  integer()
  const database = text()
  const server = text()
  if (at > head.length) return undefined
  // Local time of the machine that dumped, whose zone the archive does not tell: good for a sentence, not for counting rows.
  const createdAt = new Date(Date.UTC((year ?? 0) + 1900, month ?? 0, day ?? 0, hour ?? 0, minute ?? 0, second ?? 0))
  const serverMajor = Number(/^(\d+)/.exec(server)?.[1])
  return {
    database,
    createdAt: Number.isNaN(createdAt.getTime()) ? undefined : createdAt,
    serverMajor: Number.isNaN(serverMajor) ? undefined : serverMajor,
  }
}
