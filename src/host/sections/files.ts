import type { TextFile } from '../facts/files.ts'
import type { Section } from '../frame.ts'
import type { ParseContext } from '../parse.ts'
import { entries, withoutRoot } from './entries.ts'
import { all, cell, words } from './rows.ts'

const MOST_LISTED = 200

export function directories(section: Section, { root }: ParseContext): unknown {
  const found = entries(section, root)
  return { entries: [...new Map(found.map((entry) => [entry.path, entry])).values()] }
}

export function worldWritable(section: Section, { root }: ParseContext): unknown {
  const paths = words(section, 'writable').map((path) => withoutRoot(path, root))
  return {
    searched: all(section, 'searched').map(([path = '']) => withoutRoot(path, root)),
    paths: paths.slice(0, MOST_LISTED),
    unreadable: words(section, 'unreadable').map((line) => withoutRoot(line.replace(/^['‘`]?(.*?)['’]?: [^:]*$/, '$1'), root)),
    truncated: paths.length > MOST_LISTED,
    lacking: cell(section, 'lacking') || null,
  }
}

export function textFile(section: Section, context: ParseContext): unknown {
  return files(section, context)[0]
}

export function textFiles(section: Section, context: ParseContext): unknown {
  return { files: files(section, context) }
}

function files(section: Section, { root }: ParseContext): TextFile[] {
  const hashes = all(section, 'sha256').map(([hash = '']) => hash)
  return entries(section, root).map((entry, index) => {
    const { path, exists, mode, owner, group, size, modified } = entry
    const text = section.files[index]?.text ?? ''
    const truncated = entry.type === 'file' && size > 262_144
    return { path, exists, mode, owner, group, size, modified, sha256: hashes[index] ?? '', text, truncated }
  })
}
