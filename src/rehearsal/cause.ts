import { CommandFailed, TooMuch } from '../host/shell.ts'
import { Unobserved } from '../outcome.ts'
import { UnusableBackup } from '../procedures/manifest.ts'
import { BrokenBackup } from './flaw.ts'
import { noRoom } from './guard.ts'

/** SQLSTATE classes of a server that is in trouble itself: resources, operator, system. */
const TROUBLE = /^(?:53|57P|58)/
const FULL = /No space left on device|could not extend file|could not write to file|\bENOSPC\b|disk full/i
const LOST = /server closed the connection|Connection terminated|could not connect|ECONNRE|connection to server .* failed/i

interface Pattern {
  readonly says: RegExp
  readonly flaw: 'truncated' | 'damaged' | 'not-here' | 'not-a-backup'
}

/** What pg_restore says, and what it means. */
const TOOL_SAYS: readonly Pattern[] = [
  {
    says: /unsupported version .* in file header|which is not on the PATH|not built with|unsupported compression/i,
    flaw: 'not-here',
  },
  { says: /end of file/i, flaw: 'truncated' },
  { says: /did not find magic string|not appear to be a valid archive|input file is too short/i, flaw: 'not-a-backup' },
  {
    says: /could not uncompress|corrupt|invalid (?:stored|distance|block|code|bit|literal)|incorrect data check|unrecognized data block|unexpected (?:block|data)|out of range|out of memory/i,
    flaw: 'damaged',
  },
]

/** What zlib says of a file that breaks off; everything else that it says is of one that was changed. */
const BREAKS_OFF = new Set(['Z_BUF_ERROR'])

/**
 * What an error that came up while a backup was restored says of that backup.
 * @throws Unobserved where it says nothing of it: our own disk is full, the server died, the way to the host was lost
 */
export function brokenBy(error: unknown, where: { readonly directory: string | undefined }): BrokenBackup {
  if (error instanceof BrokenBackup || error instanceof Unobserved) return rethrowOurs(error)
  if (error instanceof CommandFailed) return ofCommand(error)
  if (error instanceof TooMuch)
    return new BrokenBackup('altered', `it is longer than it was when it was listed: ${error.message}`, { cause: error })
  const text = error instanceof Error ? error.message : String(error)
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code.startsWith('Z_') || code.startsWith('ZSTD_')) {
    const isCut = BREAKS_OFF.has(code)
    const told = isCut ? 'it breaks off: unpacking it came to an unexpected end' : `it cannot be unpacked: ${text}`
    return new BrokenBackup(isCut ? 'truncated' : 'damaged', told, { cause: error })
  }
  if (/temp_file_limit/.test(text))
    return new BrokenBackup('bomb', `it wanted more room for temporary files than a database of that size can need: ${text}`, {
      cause: error,
    })
  if (FULL.test(text) || code === 'ENOSPC' || code === '53100') throw noRoom(where.directory ?? 'its disk', text)
  if (TROUBLE.test(code) || LOST.test(text)) throw serverGone(text)
  if (error instanceof UnusableBackup) return new BrokenBackup('incomplete', text, { cause: error })
  const meaning = TOOL_SAYS.find(({ says }) => says.test(text))?.flaw ?? 'does-not-restore'
  return new BrokenBackup(meaning, text, { cause: error })
}

function rethrowOurs(error: BrokenBackup | Unobserved): BrokenBackup {
  if (error instanceof Unobserved) throw error
  return error
}

function ofCommand(error: CommandFailed): BrokenBackup {
  const { complaint, message } = error
  if (/permission denied|password is required|not allowed/i.test(complaint))
    return new BrokenBackup('unreadable', `our account may not read it: ${message}`, { cause: error })
  if (/No such file/i.test(complaint))
    return new BrokenBackup('missing', `it was removed while it was read: ${message}`, { cause: error })
  return new BrokenBackup('damaged', `it cannot be read to its end: ${message}`, { cause: error })
}

function serverGone(text: string): Unobserved {
  return new Unobserved({
    id: 'rehearsal:server-gone',
    text: `the disposable PostgreSQL came to an end in the middle of the restore (${text}); look at memory and disk of the machine that rehearses, and run it again`,
  })
}
