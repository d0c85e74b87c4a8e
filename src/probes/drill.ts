import { Unobserved } from '../outcome.ts'
import type { Probe, Session } from '../probe.ts'
import type { DrillReport } from '../procedures/drill-report.ts'
import type { DrillGround } from '../procedures/drill-stage.ts'
import { DRILLS, type DrillName } from '../procedures/drills.ts'
import { GRACE_MS } from './deadline.ts'

export interface DrillProbeOptions {
  readonly name: DrillName
  /** The database server, or the engine, on which the drill makes what it needs; `host:port` or a socket's path. */
  readonly address: string
  readonly system: 'postgres' | 'docker'
  /** Brings the server and the product's own part: its services, schema, front door and stores. Called only when the drill runs. */
  readonly ground: (session: Session) => Promise<DrillGround>
  /** What the drill makes, such as `a topic`. */
  readonly makes: readonly string[]
  /** The target's name, for whoever runs it again. */
  readonly target: string
  readonly deadlineMs?: number
}

const DEADLINE_MS = 30_000

/** A whole deploy, bad release and rollback on what is removed afterwards; each drill is held once a run, shared by every check. */
export function drill(options: DrillProbeOptions): Probe<DrillReport> {
  const { name, address, system, ground, makes, target, deadlineMs = DEADLINE_MS } = options
  const own = new Intl.ListFormat('en').format(makes)
  const { badRelease, trouble } = DRILLS[name]
  const besides = trouble === undefined ? '' : `, with the ${trouble}`
  return {
    kind: 'drill',
    access: {
      system,
      address,
      operation: `drill in ${own} of its own: deploy, back up, deploy a release that is bad by "${badRelease}", roll back${besides}`,
      effect: 'drill',
      reproduce: `npm test -- --suite=rollback --drill=${name} --target=${target}`,
    },
    deadlineMs: deadlineMs + GRACE_MS,
    variant: name,
    async read(session) {
      const signal = AbortSignal.any([session.signal, AbortSignal.timeout(deadlineMs)])
      const report = await held(name, { ...session, signal }, ground).catch((error: unknown) => {
        throw notHeld(address, own, error)
      })
      return { value: report, raw: JSON.stringify(report, null, 1) }
    },
  }
}

async function held(name: DrillName, session: Session, open: DrillProbeOptions['ground']): Promise<DrillReport> {
  const { runDrill } = await import('../procedures/drill.ts')
  const ground = await open(session)
  try {
    return await runDrill({ ground, plan: DRILLS[name], runId: session.runId, signal: session.signal })
  } finally {
    await ground.close()
  }
}

function notHeld(address: string, own: string, error: unknown): Unobserved {
  if (error instanceof Unobserved) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new Unobserved({
    id: `drill:${address}`,
    text: `the drill could not be held at ${address}: ${reason}; its ${own} were removed, so correct the cause and run it again`,
  })
}
