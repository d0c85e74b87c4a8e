import type { Section } from '../frame.ts'
import type { ParseContext } from '../parse.ts'
import { entries, firstEntry, withoutRoot } from './entries.ts'
import { all, cell, whole } from './rows.ts'

/** SHA-256 of nothing: what a pipe yields when the command before it printed nothing. */
const HASH_OF_NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** A directory and the files in it. */
export function listing(section: Section, { root }: ParseContext): unknown {
  const [directory, ...files] = entries(section, root)
  return { directory, files }
}

export function secretContents(section: Section, { salt }: ParseContext): unknown {
  return {
    salt,
    lacking: cell(section, 'lacking') || null,
    secrets: all(section, 'secret').map(
      ([length, distinct, trailingNewlines, blanks, saltedHash, known, args, environment, name]) => ({
        name,
        length: whole(length),
        distinct: whole(distinct),
        trailingNewlines,
        whitespace: blanks === 'yes',
        saltedHash,
        knownDefault: known === 'yes',
        inProcessArguments: seen(args),
        inProcessEnvironment: seen(environment),
      }),
    ),
  }
}

function seen(word: string | undefined): boolean | null {
  if (word === 'yes') return true
  return word === 'no' ? false : null
}

export function certificates(section: Section, { root }: ParseContext): unknown {
  const [directory, ...found] = entries(section, root)
  const texts = new Map(section.files.map(({ path, text }) => [withoutRoot(path, root), text]))
  const files = new Map(found.map((entry) => [entry.path, { entry, pem: texts.get(entry.path) ?? '' }]))
  return { directory: directory ?? firstEntry(section, root), files: [...files.values()] }
}

export function keys(section: Section): unknown {
  return {
    keys: all(section, 'key').map(([hash = '', label = '', name = '']) => ({
      name,
      label,
      publicKeySha256: hash === HASH_OF_NOTHING ? '' : hash,
    })),
  }
}
