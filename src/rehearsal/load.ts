import { Readable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { type DatabaseConnection, inTransaction } from '../procedures/database.ts'
import { archiveHeader } from './archive-header.ts'
import { BrokenBackup } from './flaw.ts'
import type { Unpacked } from './reading.ts'
import type { Sandbox } from './sandbox.ts'
import { CLUSTER_HEADER, statements } from './statements.ts'

export interface Loading {
  readonly sandbox: Sandbox
  /** The empty database, as who owns what is restored. */
  readonly into: DatabaseConnection
  /** Connected to it. */
  readonly client: pg.Client
  /** Of the live database, with which the backup must agree; undefined where nobody says. */
  readonly database: string | undefined
  readonly signal: AbortSignal
}

/** Loads a dump of whatever form into an empty database. @throws BrokenBackup, or what server or tool said */
export async function loadDump(file: string, { form, head, content, packedBy }: Unpacked, loading: Loading): Promise<void> {
  const refused = loadRefusal(file, form, packedBy)
  if (refused !== undefined) {
    // Changed bytes may unpack to anything, and that they were changed may show only at the end.
    if (packedBy !== undefined && form.kind === 'unknown') await finished(content.resume())
    content.destroy()
    throw refused
  }
  if (form.kind === 'archive') await loadArchive(head, content, loading)
  else await loadPlain(head, content, loading)
}

/** Why something is no dump that could be loaded, by its first bytes; undefined where it may be one. */
export function loadRefusal(file: string, form: Unpacked['form'], packedBy: string | undefined): BrokenBackup | undefined {
  switch (form.kind) {
    case 'empty':
      if (packedBy === undefined) return new BrokenBackup('empty-file', `${file} is empty`)
      return new BrokenBackup('empty-archive', `${file} was packed by ${packedBy} and holds nothing`)
    case 'encrypted':
      return new BrokenBackup('encrypted', `${file} is encrypted by ${form.by}, and there is no key here`)
    case 'elsewhere':
      return new BrokenBackup('not-here', `${file} is ${form.what}, which is not read here`)
    case 'unknown':
      return new BrokenBackup('not-a-backup', `${file} is no dump: it is ${form.what}`)
    case 'packed':
      return new BrokenBackup('not-here', `${file} is packed twice, which is not read here`)
    default:
      return undefined
  }
}

async function loadArchive(head: Buffer, archive: Readable, { sandbox, into, database, signal }: Loading): Promise<void> {
  const found = problemOfHead({ kind: 'archive' }, head, { live: database, major: sandbox.major })
  if (found !== undefined) {
    archive.destroy()
    throw found
  }
  await sandbox.restoreArchive(archive, into, signal)
}

/** What the first bytes of a dump tell against it: another database, a newer server. */
export function problemOfHead(
  { kind }: Unpacked['form'],
  head: Buffer,
  { live, major }: { readonly live: string | undefined; readonly major: number },
): BrokenBackup | undefined {
  if (kind === 'archive') {
    const header = archiveHeader(head)
    return header === undefined ? undefined : problemOf(header.database, header.serverMajor, { database: live, major })
  }
  const dumped = /^-- Dumped from database version (\d+)/m.exec(head.toString('latin1'))?.[1]
  return problemOf(undefined, dumped === undefined ? undefined : Number(dumped), { database: undefined, major })
}

function problemOf(
  database: string | undefined,
  major: number | undefined,
  wanted: { readonly database: string | undefined; readonly major: number },
): BrokenBackup | undefined {
  if (major !== undefined && major > wanted.major)
    return new BrokenBackup('newer-major', `it is of PostgreSQL ${major}, and the live server is ${wanted.major}`)
  if (database !== undefined && wanted.database !== undefined && database !== wanted.database)
    return new BrokenBackup('wrong-database', `it is of the database ${database}, and not of ${wanted.database}`)
  return undefined
}

/** Everything belongs to who restores; databases and other people’s extensions are not the dump’s to make or describe. */
const LEFT_OUT =
  /^(?:ALTER\s[\s\S]*\sOWNER\s+TO\s+\S+$|(?:CREATE|DROP|ALTER)\s+DATABASE\b|COMMENT\s+ON\s+(?:EXTENSION|DATABASE)\b)/i

/** Whether a plain dump is of a whole cluster, by its first bytes. */
export function isOfCluster(head: Buffer): boolean {
  return head.toString('latin1').split('\n').includes(CLUSTER_HEADER)
}

async function loadPlain(head: Buffer, dump: Readable, { client, sandbox, database, signal }: Loading): Promise<void> {
  const isCluster = isOfCluster(head)
  const others = new Set<string>()
  const newer = problemOfHead({ kind: 'plain' }, head, { live: undefined, major: sandbox.major })
  let done = 0
  try {
    if (newer !== undefined) throw newer
    await inTransaction(client, 'BEGIN', async () => {
      for await (const { sql, rows, database: of } of statements(dump)) {
        if (isCluster && of !== undefined && of !== database) others.add(of)
        // Of a cluster's dump only what is the database's own: its roles are there already, by name.
        if (isCluster && (of === undefined || of !== database)) continue
        if (rows !== undefined)
          await pipeline([Readable.from(rows, { objectMode: false }), client.query(copyFrom(sql))], { signal })
        else if (!LEFT_OUT.test(sql)) await client.query(sql)
        done += 1
      }
    })
  } catch (error) {
    throw done === 0 && isSyntaxError(error)
      ? new BrokenBackup('not-a-backup', 'it is a text, and no dump', { cause: error })
      : error
  } finally {
    dump.destroy()
  }
  if (isCluster && done === 0)
    throw new BrokenBackup(
      'wrong-database',
      `it is a dump of a whole cluster, and holds no database ${database ?? 'that the target names'} (it holds ${[...others].join(', ') || 'none'})`,
    )
  if (done === 0) throw new BrokenBackup('empty-archive', 'it holds no statement at all')
}

function isSyntaxError(error: unknown): boolean {
  if (error instanceof BrokenBackup) return error.flaw === 'truncated' && /in the middle of a statement/.test(error.message)
  return error instanceof Error && 'code' in error && error.code === '42601'
}
