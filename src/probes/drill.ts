import { Unobserved } from '../outcome.ts'
import type { Probe, Session } from '../probe.ts'
import type { DrillReport } from '../procedures/drill-report.ts'
import type { BadRelease, SetStage } from '../procedures/drill-stage.ts'
import type { PostgresSpec } from '../targets/schema.ts'
import { GRACE_MS } from './deadline.ts'
import { joinHostPort } from './reproduce.ts'

export interface DrillProbeOptions {
  /** The server on which the drill makes databases of its own; the live database is not touched. */
  readonly postgres: PostgresSpec
  /** A role that may create databases; its password is the secret `postgres.adminPassword`. */
  readonly adminUser: string
  readonly badRelease: BadRelease
  /** Brings the product's own part: its services, schema, front door and further stores. Called only when the drill runs. */
  readonly stage: (session: Session) => Promise<SetStage>
  /** What the stage makes besides databases, such as `a topic`; default: nothing. */
  readonly besides?: readonly string[]
  /** The target's name, for whoever runs it again; default: embedded. */
  readonly target?: string
  readonly deadlineMs?: number
}

const DEADLINE_MS = 30_000

/** A whole deploy, bad release and rollback on databases that are dropped afterwards; one drill a run, shared by every check. */
export function drill(options: DrillProbeOptions): Probe<DrillReport> {
  const { postgres, adminUser, badRelease, stage, besides = [], target = 'embedded', deadlineMs = DEADLINE_MS } = options
  const own = new Intl.ListFormat('en').format(['databases', ...besides])
  const address = joinHostPort(postgres.host, postgres.port)
  return {
    kind: 'drill',
    access: {
      system: 'postgres',
      address,
      operation: `drill in ${own} of its own: deploy, back up, deploy a release that is bad by "${badRelease}", roll back`,
      effect: 'drill',
      reproduce: `npm test -- --suite=rollback --target=${target}`,
    },
    deadlineMs: deadlineMs + GRACE_MS,
    variant: badRelease,
    async read(session) {
      const { runDrill } = await import('../procedures/drill.ts')
      const { host, port, user, ssl } = postgres
      const admin = { host, port, user: adminUser, password: session.secret('postgres.adminPassword'), database: 'postgres', ssl }
      const application = { host, port, user, password: session.secret('postgres.password'), ssl }
      const signal = AbortSignal.any([session.signal, AbortSignal.timeout(deadlineMs)])
      const held = runDrill({ admin, application, badRelease, setStage: await stage(session), runId: session.runId, signal })
      const report = await held.catch((error: unknown) => {
        throw notHeld(address, own, error)
      })
      return { value: report, raw: JSON.stringify(report, null, 1) }
    },
  }
}

function notHeld(address: string, own: string, error: unknown): Unobserved {
  const reason = error instanceof Error ? error.message : String(error)
  return new Unobserved({
    id: `drill:${address}`,
    text: `the drill could not be held on the PostgreSQL at ${address}: ${reason}; its ${own} were removed, so correct the cause and run it again`,
  })
}
