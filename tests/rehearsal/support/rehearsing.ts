import { openShell } from '../../../src/host/open.ts'
import { liveDatabase } from '../../../src/probes/live-database.ts'
import type { DatabaseConnection } from '../../../src/procedures/database.ts'
import { dropDatabase } from '../../../src/procedures/database-swap.ts'
import { runTool } from '../../../src/procedures/postgres-tool.ts'
import type { RehearsalReport } from '../../../src/rehearsal/model.ts'
import { RESTORE } from '../../../src/rehearsal/own-server.ts'
import { type RehearsalOptions, rehearse } from '../../../src/rehearsal/rehearse.ts'
import type { Sandbox } from '../../../src/rehearsal/sandbox.ts'
import { hostSource } from '../../../src/rehearsal/source.ts'
import { type HostSpec, hostSchema } from '../../../src/targets/schema.ts'
import { run } from '../../support/procedure-database.ts'
import { testSession } from '../../support/session.ts'

/** The owner of what is restored; no other test has a role of that name. */
export const OWNER = 'restored_owner'

/** A server that a test has anyway, as a sandbox: what is made in it is dropped when it is destroyed. */
export function sharedSandbox(admin: DatabaseConnection, directory: string): Sandbox {
  return {
    admin,
    major: 15,
    description: 'the server of this test',
    directory,
    restoreArchive: (archive, into, signal) =>
      runTool('pg_restore', [...RESTORE, '--dbname', into.database], into, { signal, input: [archive] }).finish(),
    async destroy() {
      await dropDatabase({ admin }, 'rehearsal')
      await run(admin, `DROP ROLE IF EXISTS ${OWNER}`)
      return { gone: ['the database and its owner'], left: [] }
    },
  }
}

export interface Rehearsing extends Partial<RehearsalOptions> {
  readonly admin: DatabaseConnection
  readonly live?: never
  /** The database that plays the live one; none where null. */
  readonly liveConnection: DatabaseConnection | null
  readonly directory: string
  /** Absolute. */
  readonly backups: string
  readonly host?: HostSpec
  readonly sudo?: boolean
}

/** Rehearses the backups of a folder as a run would, on the test's own server unless told otherwise. */
export async function rehearsed(options: Rehearsing): Promise<RehearsalReport> {
  const { admin, liveConnection, directory, backups, host = hostSchema.parse({}), sudo = false, ...more } = options
  const signal = more.signal ?? AbortSignal.timeout(60_000)
  const session = testSession({ 'postgres.password': liveConnection?.password ?? '' }, { signal })
  const shell = await openShell(host, { bulk: true })
  try {
    return await rehearse({
      source: hostSource({ shell, address: 'here', folder: backups, sudo, signal, timeoutMs: 60_000 }),
      sandbox: async () => sharedSandbox(admin, directory),
      owner: OWNER,
      known: [],
      queries: {},
      factor: 4,
      allowance: 8 * 1024 * 1024,
      fallbackMajor: 15,
      signal,
      ...more,
      live:
        liveConnection === null
          ? undefined
          : liveDatabase(session, { ...liveConnection, ssl: false, password: { env: 'UNUSED' } }),
    })
  } finally {
    await shell.close()
    await session.close()
  }
}
