import { backupTime, MANIFEST_FILE } from '../procedures/manifest.ts'
import type { Entry } from './source.ts'

/** One backup as it lies in the folder. */
export interface StoredBackup {
  readonly name: string
  /** When it was begun, by its name; undefined where the name does not tell. */
  readonly begun: Date | undefined
  readonly at: Date
  /** Its files with their paths relative to the folder of backups; one without a directory is its own only file. */
  readonly files: readonly Entry[]
  /** Where its manifest is; undefined where it has none. */
  readonly manifest: string | undefined
  /** Where the checksum of a lone file is; undefined where there is none. */
  readonly checksum: string | undefined
  readonly isDirectory: boolean
}

/** What stands beside backups and is none: manifests, checksums and logs of lone files, what is unfinished or hidden. */
const COMPANION = /^\.|\.(?:manifest\.json|sha256|log|tmp|partial)$|^manifest\.json$/
/** Dumps name the time at which they were begun in many ways; it is always written from the year on. */
const TIME_IN_NAME = /(\d{4})-?(\d\d)-?(\d\d)[T_-]?(\d\d)-?:?(\d\d)-?:?(\d\d)/

const TOLERANCE_MS = 60_000

/** The backups of a folder, newest first. */
export function storedBackups(entries: readonly Entry[]): StoredBackup[] {
  const paths = new Set(entries.map(({ path }) => path))
  const tops = entries.filter(({ path }) => !path.includes('/') && !COMPANION.test(path))
  return tops.map((top) => backupOf(top, entries, paths)).toSorted((one, other) => other.at.getTime() - one.at.getTime())
}

function backupOf(top: Entry, entries: readonly Entry[], paths: ReadonlySet<string>): StoredBackup {
  const { path: name, isDirectory, modified } = top
  const named = backupTime(name) ?? timeIn(name)
  // A name may be in local time: one that is later than the last change of the file tells nothing.
  const begun = named !== undefined && named.getTime() <= modified.getTime() + TOLERANCE_MS ? named : undefined
  const manifest = `${name}/${MANIFEST_FILE}`
  const checksum = `${name}.sha256`
  const files = isDirectory ? entries.filter((entry) => !entry.isDirectory && entry.path.startsWith(`${name}/`)) : [top]
  return {
    name,
    begun,
    at: named ?? modified,
    files,
    isDirectory,
    manifest: paths.has(manifest) ? manifest : undefined,
    checksum: !isDirectory && paths.has(checksum) ? checksum : undefined,
  }
}

function timeIn(name: string): Date | undefined {
  const [, year, month, day, hour, minute, second] = TIME_IN_NAME.exec(name) ?? []
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(at.getTime()) ? undefined : at
}
