/** The report could not be written: exit code 5. The last valid file, where there was one, is still there. */
export class ReportError extends Error {
  override readonly name = 'ReportError'

  /** `action` is what was tried, such as `write`; the message adds what the system said and what to do. */
  constructor(action: string, path: string, cause: unknown) {
    super(`could not ${action} ${path}: ${reasonOf(cause)}; ${adviceFor(cause)}`, { cause })
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left on the disk (ENOSPC)',
  EDQUOT: 'the disk quota is used up (EDQUOT)',
  EROFS: 'the file system is read-only (EROFS)',
  EACCES: 'permission is denied (EACCES)',
  EPERM: 'the operation is not permitted (EPERM)',
  ENOTDIR: 'a part of the path is a file and not a directory (ENOTDIR)',
  EEXIST: 'a file of that name is in the way (EEXIST)',
  EISDIR: 'a directory of that name is in the way (EISDIR)',
}

function reasonOf(cause: unknown): string {
  return REASONS[codeOf(cause)] ?? (cause instanceof Error ? cause.message : String(cause))
}

function adviceFor(cause: unknown): string {
  const isFull = ['ENOSPC', 'EDQUOT'].includes(codeOf(cause))
  return isFull
    ? 'the last valid report is kept; free space there, or name another directory with --out=DIR, and run again'
    : 'name a directory that you may write to with --out=DIR, or mend this one, and run again'
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
}
