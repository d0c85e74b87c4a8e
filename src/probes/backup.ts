import { hostAddress } from '../host/open.ts'
import { Unobserved } from '../outcome.ts'
import type { Probe } from '../probe.ts'
import type { RehearsalReport } from '../procedures/rehearsal.ts'
import type { PostgresSpec } from '../targets/schema.ts'
import type { Host } from '../targets/target.ts'
import { GRACE_MS } from './deadline.ts'
import { joinHostPort, quote } from './reproduce.ts'

export interface RestoreRehearsalOptions {
  /** The host that holds the backups. */
  readonly host: Host
  /** Their folder on it. */
  readonly backups: string
  /** A disposable server, or one on which a database more does no harm; the live database is not touched. */
  readonly sandbox: PostgresSpec
  /** A role that may create databases there; its password is the secret `postgres.adminPassword`. */
  readonly adminUser: string
  /** What the application asks of its database, by a name for it. */
  readonly queries: Readonly<Record<string, string>>
  readonly deadlineMs?: number
}

const DEADLINE_MS = 60_000

/** Restores the newest backup that can be restored into a database of the run's own, compares it with its manifest, and drops it. */
export function restoreRehearsal(options: RestoreRehearsalOptions): Probe<RehearsalReport> {
  const { host, backups, sandbox, adminUser, queries, deadlineMs = DEADLINE_MS } = options
  const address = joinHostPort(sandbox.host, sandbox.port)
  return {
    kind: 'backup',
    access: {
      system: 'backups',
      address,
      operation: `restore the newest backup of ${backups} on ${hostAddress(host)} into a database of the run's own`,
      effect: 'copy-data',
      reproduce: `createdb rehearsal && pg_restore --single-transaction --exit-on-error --no-owner --dbname rehearsal ${quote(`${host.root}${backups}`)}/"$(ls -1 ${quote(`${host.root}${backups}`)} | tail -n 1)"/database.dump`,
    },
    deadlineMs: deadlineMs + GRACE_MS,
    async read(session) {
      requireHere(host)
      const { rehearseRestore } = await import('../procedures/rehearsal.ts')
      const { host: server, port, user, ssl } = sandbox
      const report = await rehearseRestore({
        backups: `${host.root}${backups}`,
        admin: {
          host: server,
          port,
          ssl,
          user: adminUser,
          password: session.secret('postgres.adminPassword'),
          database: 'postgres',
        },
        owner: { host: server, port, ssl, user, password: session.secret('postgres.password') },
        queries,
        database: `rehearsal_${session.runId
          .toLowerCase()
          .replaceAll(/[^a-z0-9]+/g, '_')
          .slice(-24)}`,
        signal: AbortSignal.any([session.signal, AbortSignal.timeout(deadlineMs)]),
      }).catch((error: unknown) => {
        throw notRehearsed(backups, address, error)
      })
      return { value: report, raw: JSON.stringify(report, null, 1), ...(host.simulated ? { origin: 'simulated' as const } : {}) }
    },
  }
}

/** Backups of another machine must be brought here first, and the way there is not built yet. */
function requireHere(host: Host): void {
  if (host.shell === 'local') return
  throw new Unobserved({
    id: `backup-elsewhere:${hostAddress(host)}`,
    text: `the backups lie on ${hostAddress(host)}, and the suite does not fetch them yet; run it there with \`shell: local\`, or restore the newest one by hand on a disposable server`,
  })
}

function notRehearsed(backups: string, address: string, error: unknown): Unobserved {
  const reason = error instanceof Error ? error.message : String(error)
  return new Unobserved({
    id: `rehearsal:${address}`,
    text: `no backup of ${backups} could be tried on the PostgreSQL at ${address}: ${reason}; correct that, or restore the newest one by hand`,
  })
}
