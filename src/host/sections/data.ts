import type { Section } from '../frame.ts'
import type { ParseContext } from '../parse.ts'
import { entries, firstEntry, withoutRoot } from './entries.ts'
import { cell, whole } from './rows.ts'
import { dfLine } from './storage.ts'

const KIB = 1024
const MOST_LISTED = 500
const LOG_BYTES = 262_144

export function backups(section: Section, { root }: ParseContext): unknown {
  const [directory, ...found] = entries(section, root)
  const manifest = section.files[0]
  const space = dfLine(cell(section, 'kilobytes'))
  const inside = found
    .map((entry) => (entry.path.startsWith('/') ? entry : { ...entry, path: `${directory?.path}/${entry.path}` }))
    // The manifest's own entry comes a second time, with its text.
    .filter((entry, index, list) => list.findIndex(({ path }) => path === entry.path) === index)
    .filter((entry) => entry.path.slice(0, entry.path.lastIndexOf('/')) === directory?.path)
    .sort((a, b) => b.modified - a.modified)
  return {
    directory,
    entries: inside.slice(0, MOST_LISTED),
    truncated: inside.length > MOST_LISTED,
    newestManifest: { path: manifest === undefined ? '' : withoutRoot(manifest.path, root), text: manifest?.text ?? '' },
    mount: space.mount,
    device: space.device,
    free: space.free * KIB,
  }
}

export function log(section: Section, { root }: ParseContext): unknown {
  const { path, exists, size, modified } = firstEntry(section, root)
  return { path, exists, size, modified, tail: section.files[0]?.text ?? '', truncated: size > LOG_BYTES }
}

export function logs(section: Section, { root }: ParseContext): unknown {
  const size = whole(cell(section, 'size'))
  return {
    size: size === null ? null : size * KIB,
    files: entries(section, root).map(({ path, size: bytes, modified }) => ({ path, size: bytes, modified })),
    rotation: section.files.map(({ path, text }) => ({ path: withoutRoot(path, root), text })),
    logrotateInstalled: cell(section, 'logrotate') !== '',
  }
}
