import os from 'node:os'
import { hostAddress } from '../host/open.ts'
import { Unobserved } from '../outcome.ts'
import type { Probe, Session } from '../probe.ts'
import type { RehearsalReport } from '../rehearsal/model.ts'
import type { Sandbox, SandboxNeeds } from '../rehearsal/sandbox.ts'
import type { PostgresSpec, RehearsalSpec } from '../targets/schema.ts'
import type { Host } from '../targets/target.ts'
import { GRACE_MS } from './deadline.ts'
import { quote } from './reproduce.ts'

export interface RestoreRehearsalOptions {
  /** The host that holds the backups. */
  readonly host: Host
  /** Their folder on it. */
  readonly backups: string
  /** The live database: read for comparison, never written. */
  readonly live: PostgresSpec
  /** Tables by which the product’s own database is known. */
  readonly known: readonly string[]
  /** What the application asks of its database, by a name for it. */
  readonly queries: Readonly<Record<string, string>>
  readonly rehearsal: RehearsalSpec
  /** The machine inside the zone on which it takes place; undefined where that is this one. */
  readonly zone?: Host | undefined
  /** True where the data is small and made for the run: it may lie with the run’s own files. */
  readonly isGenerated: boolean
}

const GENERATED_MINUTES = 1
/** Where large temporary files belong. */
const LARGE = '/var/tmp'
/** The project’s own server is of this major; it serves where nothing else tells. */
const FALLBACK_MAJOR = 15
/** What every database takes, however small. */
const ALLOWANCE_BYTES = 256 * 1024 * 1024

/** Streams the newest backup into a disposable PostgreSQL, compares it, and destroys that; where it does not come back, the one before it. */
export function restoreRehearsal(options: RestoreRehearsalOptions): Probe<RehearsalReport> {
  const { host, backups, live, rehearsal, zone = host, isGenerated } = options
  const machine = options.zone === undefined ? 'this machine' : `${hostAddress(zone)}, where its rows stay`
  const minutes = isGenerated ? GENERATED_MINUTES : rehearsal.minutes
  const place = `${host.root}${backups}`
  const remote = host.shell === 'ssh' ? `ssh ${host.address} ` : host.shell === 'container' ? `docker exec ${host.address} ` : ''
  return {
    kind: 'backup',
    access: {
      system: 'backups',
      address: hostAddress(zone),
      operation: `read the newest backup of ${backups}, restore it in a disposable PostgreSQL on ${machine}, compare it with its manifest and with schema and row counts of ${live.database}, destroy it`,
      effect: 'copy-data',
      reproduce: `createdb rehearsal && ${remote}cat ${quote(place)}/BACKUP/database.dump | pg_restore --single-transaction --exit-on-error --no-owner --dbname rehearsal; dropdb rehearsal`,
    },
    deadlineMs: minutes * 60_000 + GRACE_MS,
    async read(session) {
      const signal = AbortSignal.any([session.signal, AbortSignal.timeout(minutes * 60_000)])
      const running = rehearsed(session, options, signal).catch((error: unknown) => {
        throw told(error, { signal, minutes, interrupted: session.signal.aborted, place })
      })
      // Whoever waits no longer, the run does not end before the disposable server is gone.
      const value = await session.keep(
        `rehearsal:${hostAddress(zone)}${backups}`,
        () => running,
        () => undefined,
      )
      return { value, raw: JSON.stringify(value, null, 1), ...(host.simulated ? { origin: 'simulated' as const } : {}) }
    },
  }
}

async function rehearsed(session: Session, options: RestoreRehearsalOptions, signal: AbortSignal): Promise<RehearsalReport> {
  const { host, backups, live, known, queries, rehearsal, zone, isGenerated } = options
  const [{ openShell }, { hostSource }, { rehearse }, { chooseSandbox }, { liveDatabase }] = await Promise.all([
    import('../host/open.ts'),
    import('../rehearsal/source.ts'),
    import('../rehearsal/rehearse.ts'),
    import('../rehearsal/choose.ts'),
    import('./live-database.ts'),
  ])
  const timeoutMs = rehearsal.minutes * 60_000
  const common = {
    live: liveDatabase(session, live),
    owner: live.user,
    known,
    queries,
    factor: rehearsal.largest,
    allowance: ALLOWANCE_BYTES,
    fallbackMajor: FALLBACK_MAJOR,
    signal,
  }
  if (zone !== undefined) {
    const [{ openZone }, { zoneServer }] = await Promise.all([
      import('../rehearsal/zone.ts'),
      import('../rehearsal/zone-server.ts'),
    ])
    const folder = `${zone.root}${rehearsal.backups ?? backups}`
    const opened = await openZone(zone, signal)
    const { shell, forward } = opened
    try {
      const source = hostSource({ shell, address: `${hostAddress(zone)}:${folder}`, folder, sudo: false, signal, timeoutMs })
      const sandbox = ({ major }: SandboxNeeds): Promise<Sandbox> =>
        zoneServer({ host: zone, shell, forward, image: rehearsal.image.replaceAll('{major}', String(major)), signal })
      return await rehearse({ ...common, source, sandbox, folderThere: folder })
    } finally {
      await opened.close()
    }
  }
  const base = isGenerated ? await placeOfGenerated() : (rehearsal.directory ?? LARGE)
  const folder = `${host.root}${backups}`
  const shell = await openShell(host, { bulk: true })
  try {
    const source = hostSource({ shell, address: `${hostAddress(host)}:${backups}`, folder, sudo: host.sudo, signal, timeoutMs })
    return await rehearse({
      ...common,
      source,
      sandbox: (needs) => chooseSandbox({ base, image: rehearsal.image, signal }, needs),
    })
  } finally {
    await shell.close()
  }
}

/** With the run's own files, unless the server's account may not go there. */
async function placeOfGenerated(): Promise<string> {
  const { barrierFor, serverAccount } = await import('../targets/embedded/postgres/account.ts')
  const account = serverAccount()
  return account !== undefined && barrierFor(account, os.tmpdir()) !== undefined ? LARGE : os.tmpdir()
}

interface Telling {
  readonly signal: AbortSignal
  readonly minutes: number
  readonly interrupted: boolean
  readonly place: string
}

/** Whatever ends a rehearsal as a whole says nothing of the backups. */
function told(error: unknown, { signal, minutes, interrupted, place }: Telling): unknown {
  const isOver = signal.aborted && !interrupted
  if (error instanceof Unobserved && !isOver) return error
  const text = error instanceof Error ? error.message : String(error)
  return new Unobserved({
    id: isOver ? 'rehearsal:overdue' : 'rehearsal:broke-off',
    text: isOver
      ? `the rehearsal of the backups in ${place} did not end within ${minutes} minutes; give it more (rehearsal.minutes), or a faster machine`
      : `no backup of ${place} could be tried: ${text}; correct that, or restore the newest one by hand`,
  })
}
