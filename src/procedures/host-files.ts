import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Shell } from '../host/shell.ts'

/** The files of a host, as far as its preparation touches them. Paths are absolute there. */
export interface HostFiles {
  /** Makes a directory with exactly that mode. Returns whether anything differed before. */
  directory(path: string, mode: number): Promise<boolean>
  /** undefined where there is no such file. */
  text(path: string): Promise<string | undefined>
  /** Replaces a file as a whole: a reader sees the old text or the new one. Returns whether anything differed before. */
  write(path: string, text: string, mode: number): Promise<boolean>
}

/** Owner of everything that is made; the account that runs the procedure where it is left out. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** The files of this machine, or of the tree at `root` that stands for one. */
export function localFiles(root: string, owner?: Owner): HostFiles {
  const text = (path: string): Promise<string | undefined> => readFile(root + path, 'utf8').catch(absent)
  return {
    text,
    async directory(path, mode) {
      const place = root + path
      const before = await stat(place).catch(absent)
      await mkdir(place, { recursive: true })
      // mkdir's mode is cut by the umask, and an older directory has its own.
      await chmod(place, mode)
      if (owner !== undefined) await chown(place, owner.uid, owner.gid)
      return before === undefined || (before.mode & 0o7777) !== mode
    },
    async write(path, content, mode) {
      const place = root + path
      const before = await stat(place).catch(absent)
      if (before !== undefined && (before.mode & 0o7777) === mode && (await text(path)) === content) return false
      await mkdir(dirname(place), { recursive: true })
      const draft = `${place}.${randomBytes(6).toString('hex')}`
      await writeFile(draft, content, { mode: 0o600, flag: 'wx' })
      await chmod(draft, mode)
      if (owner !== undefined) await chown(draft, owner.uid, owner.gid)
      await rename(draft, place)
      return true
    },
  }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

const COMMAND_MS = 30_000
const MAX_BYTES = 1_024 ** 2
/** What a script answers for a file that is not there; sh itself ends with 1, 2, 126 or 127. */
const ABSENT = 44

const DIRECTORY = `before=$(stat -c %a "$1" 2>/dev/null) || before=
mkdir -p "$1" && chown "$3" "$1" && chmod "$2" "$1" || exit
[ "$before" = "$2" ] || printf changed`
const TEXT = `[ -e "$1" ] || exit ${ABSENT}
cat "$1"`
// The text comes by standard input: an argument could be seen by whoever lists processes.
const WRITE = `umask 077; folder=$(dirname "$1")
[ -d "$folder" ] || { mkdir -p "$folder" && chmod u=rwx,g=rx,o= "$folder" && chown "$3" "$folder"; } || exit
cat >"$1.new" && chown "$3" "$1.new" && chmod "$2" "$1.new" || exit
if [ "$(stat -c %a "$1" 2>/dev/null)" = "$2" ] && cmp -s "$1" "$1.new"; then rm "$1.new"; else mv "$1.new" "$1" && printf changed; fi`

/** The files of the host that a shell leads to, with root's rights by sudo. `ownerOf` says `account:group` of a path. */
export function shellFiles(shell: Shell, ownerOf: (path: string) => string, signal: AbortSignal): HostFiles {
  const run = async (script: string, argv: readonly string[], stdin = ''): Promise<string | undefined> => {
    const command = ['sudo', '-n', 'sh', '-c', script, 'sh', ...argv]
    const { exitCode, stdout, stderr } = await shell.run(command, { stdin, timeoutMs: COMMAND_MS, maxBytes: MAX_BYTES, signal })
    if (exitCode === ABSENT) return undefined
    if (exitCode !== 0) throw new Error(`${argv[0]}: ${stderr.trim().slice(0, 500) || `ended with ${exitCode}`}`)
    return stdout
  }
  return {
    directory: async (path, mode) => (await run(DIRECTORY, [path, mode.toString(8), ownerOf(path)])) === 'changed',
    text: (path) => run(TEXT, [path]),
    write: async (path, text, mode) => (await run(WRITE, [path, mode.toString(8), ownerOf(path)], text)) === 'changed',
  }
}
