/** By what a file can be packed; each is the name of the tool that unpacks it as well. */
export type Packing = 'gzip' | 'zstd' | 'xz' | 'bzip2' | 'lz4'

/** What the first bytes of a file say that it is. */
export type Form =
  | { readonly kind: 'packed'; readonly by: Packing }
  | { readonly kind: 'archive' | 'plain' | 'empty' }
  | { readonly kind: 'encrypted'; readonly by: string }
  | { readonly kind: 'elsewhere'; readonly what: string }
  | { readonly kind: 'unknown'; readonly what: string }

/** So many bytes are looked at: a tar says what it is at byte 257. */
export const HEAD_BYTES = 4_096

/** What the form tar of pg_dump begins with: the name of its first member. */
export const TAR_OF_DUMP = 'toc.dat\0'

type Mark = readonly [form: Form, bytes: string | readonly number[], offset?: number]

const encrypted = (by: string): Form => ({ kind: 'encrypted', by })
const elsewhere = (what: string): Form => ({ kind: 'elsewhere', what })
const unknown = (what: string): Form => ({ kind: 'unknown', what })

const MARKS: readonly Mark[] = [
  [{ kind: 'archive' }, 'PGDMP'],
  [{ kind: 'packed', by: 'gzip' }, [0x1f, 0x8b]],
  [{ kind: 'packed', by: 'zstd' }, [0x28, 0xb5, 0x2f, 0xfd]],
  [encrypted('gpg'), '-----BEGIN PGP MESSAGE-----'],
  [encrypted('age'), 'age-encryption.org/v1'],
  [encrypted('age'), '-----BEGIN AGE ENCRYPTED FILE-----'],
  [encrypted('openssl'), 'Salted__'],
  [encrypted('openssl'), 'U2FsdGVkX1'],
  [{ kind: 'packed', by: 'xz' }, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  [{ kind: 'packed', by: 'bzip2' }, 'BZh'],
  [{ kind: 'packed', by: 'lz4' }, [0x04, 0x22, 0x4d, 0x18]],
  [{ kind: 'archive' }, TAR_OF_DUMP],
  [elsewhere('a tar archive of something else than pg_dump writes'), 'ustar', 257],
  [elsewhere('packed by compress'), [0x1f, 0x9d]],
  [unknown('a zip archive'), 'PK\u0003\u0004'],
  [unknown('a web page'), '<!DOCTYPE'],
  [unknown('a web page'), '<html'],
  [unknown('XML'), '<?xml'],
  [unknown('a program'), [0x7f, 0x45, 0x4c, 0x46]],
]

/** Recognises a dump by its content: names say what somebody meant it to be. */
export function recognise(head: Buffer): Form {
  if (head.length === 0) return { kind: 'empty' }
  const mark = MARKS.find(([, bytes, offset = 0]) => {
    const wanted = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes)
    return head.subarray(offset, offset + wanted.length).equals(wanted)
  })
  if (mark !== undefined) return mark[0]
  if (isPgpPacket(head)) return encrypted('gpg')
  return isText(head) ? { kind: 'plain' } : unknown('bytes of no known kind')
}

/** gpg’s binary form begins with the packet of a session key: public-key or passphrase, its length, its version. */
function isPgpPacket(head: Buffer): boolean {
  const [tag = 0, length = 0, version = 0, wide = 0] = head
  const isOld = [0x84, 0x85, 0x8c].includes(tag)
  const isNew = [0xc1, 0xc3].includes(tag)
  const at = tag === 0x85 || (isNew && length >= 192) ? wide : version
  return (isOld || isNew) && (at === 3 || at === 4 || at === 6)
}

function isText(head: Buffer): boolean {
  // A character may be cut at the end, which a streaming decoder leaves for later.
  try {
    return !/[\u0000-\u0008\u000e-\u001f]/.test(new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true }))
  } catch (error) {
    if (error instanceof TypeError) return false
    throw error
  }
}
