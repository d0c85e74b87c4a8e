import type { Readable } from 'node:stream'
import type { CommandOptions, Shell } from '../host/shell.ts'
import { Unobserved } from '../outcome.ts'

/** One entry of the folder of backups. */
export interface Entry {
  /** Relative to the folder. */
  readonly path: string
  readonly bytes: number
  readonly modified: Date
  readonly isDirectory: boolean
}

/** The folder that holds all backups, wherever it is. Nothing in it is ever changed. */
export interface Source {
  /** Where it is, in words. */
  readonly address: string
  /** @throws Unobserved where there is no such folder or it cannot be read */
  list(): Promise<Entry[]>
  /** A file as it is stored; the stream fails where it could not be read to its end. */
  open(path: string, maxBytes: number): Readable
}

export interface HostFolder {
  readonly shell: Shell
  /** Host and folder, in words. */
  readonly address: string
  /** Absolute, as the host sees it. */
  readonly folder: string
  /** Whether `sudo -n` may be used where the account itself is not let in. */
  readonly sudo: boolean
  readonly signal: AbortSignal
  readonly timeoutMs: number
}

/** A backup holds configuration files under the paths that they have on the host. */
const DEPTH = 16
const LIST_BYTES = 8_000_000
const DIRECTORY = 0o040000
const REGULAR = 0o100000
const KIND = 0o170000

/** A folder of backups on a host, read by find, stat and cat. */
export function hostSource({ shell, address, folder, sudo, signal, timeoutMs }: HostFolder): Source {
  let prefix: readonly string[] = []
  const list = async (): Promise<Entry[]> => {
    // With a slash, a link to the folder is followed, and no link inside it is.
    const argv = [
      'find',
      `${folder}/`,
      '-mindepth',
      '1',
      '-maxdepth',
      String(DEPTH),
      '-exec',
      'stat',
      '-c',
      '%s %Y %f %n',
      '{}',
      '+',
    ]
    const options: CommandOptions = { timeoutMs: 60_000, maxBytes: LIST_BYTES, signal }
    let found = await shell.run(argv, options)
    if (sudo && /permission denied/i.test(found.stderr)) {
      prefix = ['sudo', '-n']
      found = await shell.run([...prefix, ...argv], options)
    }
    const entries = found.stdout.split('\n').flatMap((line) => entryOf(line, folder))
    if (entries.length === 0 && found.stderr.trim() !== '') throw unreadable(address, found.stderr)
    return entries
  }
  return {
    address,
    list,
    open: (path, maxBytes) => shell.stream([...prefix, 'cat', '--', `${folder}/${path}`], { timeoutMs, maxBytes, signal }),
  }
}

function entryOf(line: string, folder: string): Entry[] {
  const [, bytes, modified, mode, path = ''] = /^(\d+) (\d+) ([0-9a-f]+) (.+)$/.exec(line) ?? []
  const kind = Number.parseInt(mode ?? '0', 16) & KIND
  if (kind !== DIRECTORY && kind !== REGULAR) return []
  const relative = path.slice(folder.length).replace(/^\/+/, '')
  return [{ path: relative, bytes: Number(bytes), modified: new Date(Number(modified) * 1_000), isDirectory: kind === DIRECTORY }]
}

function unreadable(address: string, complaint: string): Unobserved {
  const said = complaint.trim().split('\n')[0]?.slice(0, 300)
  return new Unobserved({
    id: `backups:${address}`,
    text: `the backups in ${address} cannot be listed (${said}); correct paths.backups in the target file, or let the account read them`,
  })
}
