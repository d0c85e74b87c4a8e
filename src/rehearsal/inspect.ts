import { type Manifest, parseManifest, UnusableBackup } from '../procedures/manifest.ts'
import { brokenBy } from './cause.ts'
import { BrokenBackup } from './flaw.ts'
import { type Expected, type Unpacked, unpacked } from './reading.ts'
import type { Restoring } from './restore-stored.ts'
import type { Entry } from './source.ts'
import type { StoredBackup } from './stored.ts'

/** What can be told of a backup before any of it is restored. */
export interface Inspected {
  readonly manifest: Manifest | undefined
  /** Its dump, opened; undefined where it is one of COPY streams, which are opened one after the other. */
  readonly opened: Unpacked | undefined
  /** The same, as it should be. */
  readonly dump: Expected | undefined
  /** Of the server that it is to be restored on. */
  readonly major: number
  /** So many bytes it may become, and where that bound comes from. */
  readonly most: number
  readonly bound: string
}

/** A manifest of our database is some kilobytes. */
const MAX_MANIFEST_BYTES = 8 * 1024 * 1024
/** Packed rows rarely become more than this many times as large. */
const USUAL_PACKING = 50
const DUMP = /\.(?:sql|dump|backup|pgdump|pg_dump|custom)(?:\.\w+)*$/
/** What a backup of this runbook begins with; without its manifest it is an interrupted one. */
const OF_OURS = 'database/1-before.sql.gz'
const ARCHIVE = 'database.dump'

/** Looks at a backup’s files and first bytes. @throws BrokenBackup where they tell enough; Unobserved where they cannot be looked at */
export async function inspect(backup: StoredBackup, restoring: Restoring): Promise<Inspected> {
  try {
    const manifest = await manifestOf(backup, restoring)
    if (manifest !== undefined) requireSound(backup, manifest, restoring)
    const size = boundOf(backup, manifest, restoring)
    const dump = manifest === undefined ? loneDump(backup) : archiveOf(backup, manifest)
    const expected = dump === undefined ? undefined : await expectedOf(dump, { backup, manifest, size, restoring })
    const isThere = restoring.folderThere !== undefined
    const opened =
      expected === undefined || isThere
        ? undefined
        : await unpacked(restoring.source.open(expected.path, expected.bytes + 1), expected)
    return { manifest, opened, dump: expected, major: majorOf(manifest, restoring), ...size }
  } catch (error) {
    restoring.signal.throwIfAborted()
    throw brokenBy(error, { directory: undefined })
  }
}

async function manifestOf({ manifest, name }: StoredBackup, { source }: Restoring): Promise<Manifest | undefined> {
  if (manifest === undefined) return undefined
  const text = await textOf(manifest, source)
  try {
    return parseManifest(text, name)
  } catch (error) {
    if (error instanceof UnusableBackup) throw new BrokenBackup('bad-manifest', error.message, { cause: error })
    throw error
  }
}

async function textOf(path: string, source: Restoring['source']): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of source.open(path, MAX_MANIFEST_BYTES)) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/** Names, versions and sizes, before a byte of the rows is fetched. */
function requireSound(backup: StoredBackup, { database, files }: Manifest, { live, facts }: Restoring): void {
  const major = Math.floor(database.serverVersion / 10_000)
  const liveMajor = facts === undefined ? undefined : Math.floor(facts.serverVersion / 10_000)
  if (liveMajor !== undefined && major > liveMajor)
    throw new BrokenBackup('newer-major', `it is of PostgreSQL ${major}, and the live server is ${liveMajor}`)
  if (live !== undefined && database.name !== live.name)
    throw new BrokenBackup('wrong-database', `it is of the database ${database.name}, and not of ${live.name}`)
  const stored = new Map(backup.files.map(({ path, bytes }) => [path.slice(backup.name.length + 1), bytes]))
  for (const { path, bytes } of files) {
    const found = stored.get(path)
    if (found === undefined) throw new BrokenBackup('missing', `${path} is missing, which the manifest lists`)
    if (found < bytes) throw new BrokenBackup('truncated', `${path} is truncated: it has ${found} of ${bytes} bytes`)
    if (found > bytes) throw new BrokenBackup('altered', `${path} was altered: it has ${found} bytes instead of ${bytes}`)
  }
}

function archiveOf(backup: StoredBackup, { database, files }: Manifest): Entry | undefined {
  if (database.method === 'copy') return undefined
  if (!files.some(({ path }) => path === ARCHIVE)) throw new BrokenBackup('bad-manifest', `the manifest does not list ${ARCHIVE}`)
  return backup.files.find(({ path }) => path === `${backup.name}/${ARCHIVE}`)
}

/** The dump of a backup without manifest: the file itself, or the largest that is named like one. */
function loneDump({ name, files, isDirectory }: StoredBackup): Entry {
  const [only, ...others] = files
  if (!isDirectory && only !== undefined) return only
  if (files.some(({ path }) => path === `${name}/${OF_OURS}`))
    throw new BrokenBackup(
      'incomplete',
      `${name} has no manifest.json, which is written last: it was never completed, or somebody removed it`,
    )
  const dumps = files.filter(({ path }) => DUMP.test(path)).toSorted((one, other) => other.bytes - one.bytes)
  const dump = dumps[0] ?? (others.length === 0 ? only : undefined)
  if (dump === undefined) throw new BrokenBackup('incomplete', `${name} holds neither a manifest nor a dump`)
  return dump
}

interface Opening {
  readonly backup: StoredBackup
  readonly manifest: Manifest | undefined
  readonly size: { readonly most: number; readonly bound: string }
  readonly restoring: Restoring
}

async function expectedOf({ path, bytes }: Entry, { backup, manifest, size, restoring }: Opening): Promise<Expected> {
  const { source } = restoring
  if (bytes === 0) throw new BrokenBackup('empty-file', `${path} is empty`)
  const listed = manifest?.files.find((file) => `${backup.name}/${file.path}` === path)
  const noted = backup.checksum === undefined ? undefined : /^[0-9a-f]{64}/.exec(await textOf(backup.checksum, source))?.[0]
  return { path, bytes, sha256: listed?.sha256 ?? noted, mostUnpacked: size.most, bound: size.bound }
}

/** The live server’s; where that is not known, that of the server which was dumped. */
function majorOf(manifest: Manifest | undefined, { facts, fallbackMajor }: Restoring): number {
  const version = facts?.serverVersion ?? manifest?.database.serverVersion
  return version === undefined ? fallbackMajor : Math.floor(version / 10_000)
}

function boundOf(
  { files }: StoredBackup,
  manifest: Manifest | undefined,
  { facts, factor, allowance }: Restoring,
): { readonly most: number; readonly bound: string } {
  const stored = files.reduce((sum, { bytes }) => sum + bytes, 0)
  const declared =
    manifest?.database.method === 'copy' ? manifest.files.reduce((sum, { contentBytes }) => sum + contentBytes, 0) : 0
  const known = Math.max(facts?.bytes ?? 0, declared)
  const [size, words] =
    known > 0
      ? [known, facts === undefined ? 'what the manifest says' : 'the live database']
      : [stored * USUAL_PACKING, `what is stored, ${USUAL_PACKING} times packed,`]
  return { most: Math.ceil(size * factor + allowance), bound: `${factor} times ${words} and ${allowance} bytes` }
}
