import { NotApplicable, Unobserved } from '../../src/outcome.ts'
import type { Probe, Session } from '../../src/probe.ts'
import { dockerAddress } from '../../src/probes/docker-client.ts'
import { drill } from '../../src/probes/drill.ts'
import { joinHostPort } from '../../src/probes/reproduce.ts'
import type { DrillReport } from '../../src/procedures/drill-report.ts'
import type { DrillGround } from '../../src/procedures/drill-stage.ts'
import { DRILLS, type DrillName } from '../../src/procedures/drills.ts'
import type { Target } from '../../src/targets/target.ts'

/** The role of the databases' administrator, as the upstream image makes it. */
export const ADMIN = 'postgres'
/** On a busy machine a container takes seconds to start, and a drill starts a dozen. */
const CONTAINERS_DEADLINE_MS = 300_000

/** The drill that the lines of a rollback are judged by: the first that the target lists. */
export function drilled(target: Target): Probe<DrillReport> {
  const [first] = target.spec.drills
  if (first === undefined) throw new NotApplicable(`target ${target.name} lists no drill under \`drills\``)
  return drillOf(target, first)
}

/** The drills that are held besides. @throws NotApplicable where there are none. */
export function furtherDrills(target: Target, kind: 'release' | 'trouble'): Record<string, Probe<DrillReport>> {
  const [, ...further] = target.spec.drills
  const wanted = further.filter((name) => (DRILLS[name].trouble === undefined) === (kind === 'release'))
  if (wanted.length === 0)
    throw new NotApplicable(
      `target ${target.name} lists no ${kind === 'release' ? 'further bad release' : 'trouble of a rollback'} under \`drills\`; --drill=all holds them all`,
    )
  return Object.fromEntries(wanted.map((name) => [name, drillOf(target, name)]))
}

function drillOf(target: Target, name: DrillName): Probe<DrillReport> {
  requireDisposable(target, 'the drill')
  return target.kind === 'ephemeral' ? inContainers(target, name) : inProcess(target, name)
}

function inProcess(target: Target, name: DrillName): Probe<DrillReport> {
  const { host, port, user, ssl } = target.part('postgres')
  if (DRILLS[name].needsContainers) throw new NotApplicable(`the drill ${name} needs containers; --target=ephemeral has them`)
  return drill({
    name,
    system: 'postgres',
    address: joinHostPort(host, port),
    makes: ['databases'],
    target: target.name,
    async ground(session) {
      const { groundInProcess } = await import('./drill-in-process.ts')
      const admin = { host, port, user: ADMIN, password: session.secret('postgres.adminPassword'), database: 'postgres', ssl }
      const application = { host, port, user, password: session.secret('postgres.password'), ssl }
      return groundInProcess({ spec: target.spec, admin, application })
    },
  })
}

function inContainers(target: Target, name: DrillName): Probe<DrillReport> {
  for (const part of ['postgres', 'kafka', 'redis', ...Object.keys(target.spec.services)]) target.requirePart(part)
  const docker = target.part('docker')
  return drill({
    name,
    system: 'docker',
    address: dockerAddress(docker),
    makes: ['containers', 'images', 'databases', 'topics', 'keys'],
    target: target.name,
    deadlineMs: CONTAINERS_DEADLINE_MS,
    ground: (session) => openContainers(target, name, session),
  })
}

async function openContainers(target: Target, name: DrillName, session: Session): Promise<DrillGround> {
  const [{ groundInContainers }, { default: Docker }] = await Promise.all([
    import('./drill-in-containers.ts'),
    import('dockerode'),
  ])
  const spec = target.part('docker')
  const docker = new Docker(
    'socket' in spec ? { socketPath: spec.socket } : { host: spec.host, port: spec.port, protocol: 'http' },
  )
  return groundInContainers({
    docker,
    spec: target.spec,
    plan: DRILLS[name],
    name: `drill-${name}-${session.runId
      .slice(0, 8)
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')}`,
    signal: session.signal,
    secrets: {
      apiKey: session.secret('apiKey'),
      postgres: session.secret('postgres.password'),
      redis: session.secret('redis.password'),
    },
  })
}

/** @throws Unobserved on a live target: no database of a rehearsal is made on a server that somebody needs. */
export function requireDisposable({ kind, name }: Target, what: string): void {
  if (kind !== 'live') return
  throw new Unobserved({
    id: `not-disposable:${name}`,
    text: `${what} makes databases of its own on a server that nobody needs, and target ${name} is live; run it on --target=embedded or --target=ephemeral`,
  })
}
