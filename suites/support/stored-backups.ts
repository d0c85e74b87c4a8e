import type { Judging } from '../../src/check.ts'
import type { Facts } from '../../src/host/facts.ts'
import { backupTime } from '../../src/procedures/manifest.ts'

export interface StoredBackup {
  readonly path: string
  /** When it was begun, by its name; where the name does not tell, when it was last changed. */
  readonly at: Date
  /** Bytes; of a directory, those of its own entry. */
  readonly size: number
  readonly isDirectory: boolean
}

const COMPANIONS = /(^|\/)([^/]*\.(manifest\.json|sha256|log|tmp|partial)|manifest\.json)$/

/** The backups in the directory, newest first: what stands beside one (manifest, checksum, log) or is unfinished is none. */
export function storedBackups({ entries }: Facts<'backups'>): StoredBackup[] {
  return entries
    .filter(({ path, type }) => (type === 'file' || type === 'directory') && !COMPANIONS.test(path))
    .map(({ path, type, size, modified }) => {
      const name = path.slice(path.lastIndexOf('/') + 1)
      return { path, at: backupTime(name) ?? new Date(modified * 1_000), size, isDirectory: type === 'directory' }
    })
    .sort((one, other) => other.at.getTime() - one.at.getTime())
}

/** The same; fails the check where there is none. */
export function someBackups(facts: Facts<'backups'>, expect: Judging['expect']): StoredBackup[] {
  const found = storedBackups(facts)
  expect(found.length === 0 ? ['there is none'] : [], `backups in ${facts.directory.path}`).toEqual([])
  return found
}
