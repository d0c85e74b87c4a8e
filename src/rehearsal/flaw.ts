/** What can be wrong with a backup, each with what to do next. */
const NEXT = {
  missing:
    'a file of it was removed after it was taken: find out who tidies up there, and fetch the backup’s copy from the other place',
  'empty-file':
    'the dump never wrote a byte: read the log of that night’s job, and let the job fail when its dump does (set -o pipefail)',
  'empty-archive':
    'the dump failed and gzip packed nothing: let the job fail when its dump does (set -o pipefail), and look at the size afterwards',
  truncated:
    'the disk was full or the copy was cut off: look at the free space of the backup storage, and write to a name of its own that is changed only when the dump has ended well',
  altered:
    'its bytes are not those that were written: check the disk and memory of the storage, and fetch the backup’s copy from the other place',
  damaged:
    'its bytes are not those that were written, and no checksum told earlier: check the disk of the storage, and keep a SHA-256 beside each backup',
  bomb: 'it is no dump of this database, or somebody wants to fill a disk: do not unpack it; find out who wrote it',
  encrypted:
    'give the machine that rehearses the key, or rehearse where the key is (rehearsal.host); a backup whose key nobody can use is none',
  'not-a-backup': 'something else lies in the folder of backups: find out which job wrote it, and where the dump went',
  'bad-manifest': 'take a new backup with this runbook’s procedure; what this one says of itself cannot be read',
  incomplete: 'the backup was interrupted: remove it by hand and take a new one',
  'wrong-database': 'the job dumps another database: correct its database name and host, and take a new backup at once',
  'newer-major':
    'it cannot be restored on the server that runs: take a backup from the server that runs now, or upgrade that one',
  'does-not-restore':
    'read what the server said, and restore it by hand on a server that nobody needs; take a new backup meanwhile',
  differs:
    'treat it as damaged: it restores, and holds something else than it says; choose an older one for any rollback and take a new one now',
  unreadable: 'let the account read the backups: put it into their group, or set `sudo: true` and allow it find, stat and cat',
  'not-here': 'install what is missing on the machine that rehearses, or restore this one by hand',
} as const

export type Flaw = keyof typeof NEXT

/** Flaws that are ours: they say nothing of the backup, which could not be looked at. */
const OURS: ReadonlySet<Flaw> = new Set<Flaw>(['unreadable', 'not-here', 'encrypted'])

/** A backup that does not come back, and why. */
export class BrokenBackup extends Error {
  override readonly name = 'BrokenBackup'
  readonly flaw: Flaw

  constructor(flaw: Flaw, message: string, options?: ErrorOptions) {
    super(message, options)
    this.flaw = flaw
  }
}

/** A backup that was tried in vain. */
export interface FailedBackup {
  readonly name: string
  readonly flaw: Flaw
  readonly problem: string
  /** What to do about it. */
  readonly next: string
  /** True where it could not be looked at, for a reason on our side. */
  readonly unseen: boolean
}

/** The entry of a backup that was tried in vain. */
export function failedBackup(name: string, { flaw, message }: BrokenBackup): FailedBackup {
  return { name, flaw, problem: message, next: NEXT[flaw], unseen: OURS.has(flaw) }
}
