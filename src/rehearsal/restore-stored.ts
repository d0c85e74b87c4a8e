import type pg from 'pg'
import { loadCopies } from '../procedures/copy-dump.ts'
import { type DatabaseConnection, quoted, withDatabase } from '../procedures/database.ts'
import type { BackupFile } from '../procedures/manifest.ts'
import { brokenBy } from './cause.ts'
import { compared } from './compare.ts'
import { BrokenBackup } from './flaw.ts'
import { guarded, noRoom, roomIn } from './guard.ts'
import { type Inspected, inspect } from './inspect.ts'
import type { LiveFacts } from './live.ts'
import { loadDump } from './load.ts'
import type { RestoredBackup } from './model.ts'
import { unpacked } from './reading.ts'
import type { RehearsalOptions } from './rehearse.ts'
import type { Sandbox, SandboxNeeds } from './sandbox.ts'
import type { StoredBackup } from './stored.ts'
import type { Loader } from './there.ts'

export interface Restoring extends Omit<RehearsalOptions, 'sandbox'> {
  readonly facts: LiveFacts | undefined
  readonly prepared: (needs: SandboxNeeds) => Promise<{ readonly sandbox: Sandbox; readonly into: DatabaseConnection }>
}

/** Restores one backup and compares it. @throws BrokenBackup; Unobserved where it could not be looked at all */
export async function restoreStored(backup: StoredBackup, restoring: Restoring): Promise<RestoredBackup> {
  const inspected = await inspect(backup, restoring)
  const { opened } = inspected
  try {
    const { sandbox, into } = await restoring.prepared({ major: inspected.major, archive: opened?.form.kind === 'archive' })
    return await intoSandbox({ ...inspected, backup, sandbox, into, restoring })
  } finally {
    opened?.content.destroy()
  }
}

interface Work extends Inspected {
  readonly backup: StoredBackup
  readonly sandbox: Sandbox
  readonly into: DatabaseConnection
  readonly restoring: Restoring
}

async function intoSandbox(work: Work): Promise<RestoredBackup> {
  const { backup, manifest, opened, most, bound, sandbox, into, restoring } = work
  const { source, live, facts, known, queries, signal } = restoring
  await requireRoom(sandbox, facts)
  await limitTemporaryFiles(sandbox, into.user, most)
  const start = performance.now()
  const failures: (() => unknown)[] = opened === undefined ? [] : [opened.failure]
  const openFile = async (file: BackupFile) => {
    const expected = {
      ...file,
      path: `${backup.name}/${file.path}`,
      mostUnpacked: file.contentBytes,
      bound: 'as the manifest says',
    }
    const one = await unpacked(source.open(expected.path, file.bytes + 1), expected)
    failures.push(one.failure)
    return one.content
  }
  const load = (aborting: AbortSignal): Promise<void> =>
    withDatabase(
      into,
      async (client) => {
        const loading = { sandbox, into, client, database: live?.name, signal: aborting }
        if (opened !== undefined) await loadDump(backup.name, opened, loading)
        else if (manifest !== undefined) {
          await client.query('BEGIN')
          await loadCopies(client, manifest, openFile, aborting)
          await client.query('COMMIT')
        }
      },
      { as: 'runbook-rehearsal', signal: aborting },
    )
  try {
    await guarded({ sandbox, database: into.database, most, bound, signal }, (aborting) =>
      sandbox.there === undefined ? load(aborting) : loadThere(sandbox.there, work, aborting),
    )
  } catch (error) {
    signal.throwIfAborted()
    // What was wrong with the file says more than what those said who read it.
    const own = failures.map((failure) => failure()).find((failure) => failure !== undefined)
    throw brokenBy(error instanceof BrokenBackup && error.flaw === 'bomb' ? error : (own ?? error), sandbox)
  }
  const loadMs = performance.now() - start
  const rest = await withDatabase(
    into,
    async (client) => ({
      ...(await compared({ client, name: backup.name, manifest, begun: backup.begun, live, facts, known })),
      queries: await ask(client, queries),
    }),
    { as: 'runbook-rehearsal', signal },
  )
  return {
    name: backup.name,
    serverVersion: manifest?.database.serverVersion ?? null,
    ...rest,
    bytes: backup.files.reduce((sum, { bytes }) => sum + bytes, 0),
    ms: performance.now() - start,
    loadMs,
  }
}

/** The machine inside the zone reads the files and loads them; nothing of them comes here. */
function loadThere(
  loader: Loader,
  { backup, manifest, dump, most, bound, sandbox, into, restoring }: Work,
  signal: AbortSignal,
): Promise<void> {
  const { folderThere = '', live } = restoring
  const { user, database } = into
  const path = `${folderThere}/${dump?.path ?? backup.name}`
  return loader.load({
    path,
    manifest,
    sha256: dump?.sha256,
    database,
    user,
    most,
    bound,
    live: live?.name,
    major: sandbox.major,
    signal,
  })
}

/** As large as the live database is now, and a fifth more. @throws Unobserved where our disk has no room for that */
async function requireRoom({ directory }: Sandbox, facts: LiveFacts | undefined): Promise<void> {
  const room = await roomIn(directory)
  const needed = (facts?.bytes ?? 0) * 1.2
  if (directory !== undefined && room !== undefined && room < needed)
    throw noRoom(directory, `${room} bytes free, and about ${Math.round(needed)} are needed`)
}

/** Temporary files are in no database’s size: the server itself bounds them. */
async function limitTemporaryFiles({ admin }: Sandbox, user: string, most: number): Promise<void> {
  const kilobytes = Math.min(Math.ceil(most / 1_024), 2_147_483_647)
  await withDatabase(admin, (client) => client.query(`ALTER ROLE ${quoted(user)} SET temp_file_limit = ${kilobytes}`))
}

async function ask(client: pg.Client, queries: Readonly<Record<string, string>>): Promise<RestoredBackup['queries']> {
  const answers: RestoredBackup['queries'][number][] = []
  for (const [name, sql] of Object.entries(queries)) {
    const start = performance.now()
    const [answer] = await Promise.allSettled([client.query(sql)])
    const ms = performance.now() - start
    if (answer.status === 'fulfilled') answers.push({ name, rows: answer.value.rowCount, problem: '', ms })
    else answers.push({ name, rows: null, problem: String(answer.reason), ms })
  }
  return answers
}
