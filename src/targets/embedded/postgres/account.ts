import { execFileSync } from 'node:child_process'
import { type Stats, statSync } from 'node:fs'
import path from 'node:path'

/** The unprivileged account that PostgreSQL runs as when the run itself is root's. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

/** The account to run the server as: undefined for an ordinary user, who runs it himself; `nobody` for root, whom the server refuses. */
export function serverAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

/** The first directory on the way to `target` that the account may not pass through; undefined where the way is free. */
export function barrierFor({ uid, gid }: Account, target: string): string | undefined {
  const parts = path.resolve(target).split(path.sep)
  const prefixes = parts.map((_, index) => parts.slice(0, index + 1).join(path.sep) || path.sep)
  return prefixes.find((prefix) => {
    const stats = statSync(prefix)
    return stats.isDirectory() && !mayEnter(stats, uid, gid)
  })
}

function mayEnter(stats: Stats, uid: number, gid: number): boolean {
  if (stats.uid === uid) return (stats.mode & 0o100) !== 0
  if (stats.gid === gid) return (stats.mode & 0o010) !== 0
  return (stats.mode & 0o001) !== 0
}
