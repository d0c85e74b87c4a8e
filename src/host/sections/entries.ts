import type { Entry } from '../facts/files.ts'
import type { Section } from '../frame.ts'
import { all, whole } from './rows.ts'

const TYPES: Record<string, Entry['type']> = {
  directory: 'directory',
  'regular file': 'file',
  'regular empty file': 'file',
  'symbolic link': 'link',
}

/** The rows that `stat` made, with the tree's root taken off their paths. */
export function entries(section: Section, root: string): Entry[] {
  return all(section, 'entry').map((row) => entry(row, root))
}

/** @throws where the section has no entry at all: the collector always sends one for what it was asked. */
export function firstEntry(section: Section, root: string): Entry {
  const [first] = entries(section, root)
  if (first === undefined) throw new Error('a section without the entry that it begins with')
  return first
}

function entry([kind = '', mode = '', owner = '', group = '', size, modified, ...path]: string[], root: string): Entry {
  const name = withoutRoot(path.join('\t'), root)
  if (kind === 'none') return { path: name, exists: false, type: 'none', owner: '', group: '', mode: '', size: 0, modified: 0 }
  return {
    path: name,
    exists: true,
    type: TYPES[kind] ?? 'other',
    owner,
    group,
    mode: mode.padStart(4, '0'),
    size: whole(size) ?? 0,
    modified: whole(modified) ?? 0,
  }
}

export function withoutRoot(path: string, root: string): string {
  return root !== '' && path.startsWith(root) ? path.slice(root.length) || '/' : path
}
