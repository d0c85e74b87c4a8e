import { Unobserved } from '../../src/outcome.ts'
import type { Probe } from '../../src/probe.ts'
import { drill } from '../../src/probes/drill.ts'
import type { DrillReport } from '../../src/procedures/drill-report.ts'
import type { Target } from '../../src/targets/target.ts'

/** The role of the databases' administrator, as the upstream image makes it. */
export const ADMIN = 'postgres'

/** The run's one drill, shared by every check that asks for it: of the bad releases the one that does the most damage. */
export function drilled(target: Target): Probe<DrillReport> {
  requireDisposable(target, 'the drill')
  requireStores(target)
  const { redis, kafka } = placesOf(target)
  return drill({
    postgres: target.part('postgres'),
    adminUser: ADMIN,
    badRelease: 'corrupting migration',
    besides: [...(kafka ? ['a topic'] : []), ...(redis ? ['keys'] : [])],
    target: target.name,
    stage: async (session) => {
      const { stageOn } = await import('./drill-stage.ts')
      return stageOn({ runId: session.runId, kafka, redis: redis && { ...redis, password: session.secret('redis.password') } })
    },
  })
}

/** @throws Unobserved where a store that should run could not be started: a drill without it would pass for a whole one. */
function requireStores(target: Target): void {
  for (const part of ['kafka', 'redis']) if (typeof target.spec.parts[part] === 'object') target.requirePart(part)
}

/** Where the drill's hooks go besides PostgreSQL, where the target has such a place. */
function placesOf({ spec }: Target): Pick<Target['spec'], 'redis' | 'kafka'> {
  const runs = (part: 'redis' | 'kafka'): boolean => spec.parts[part] === undefined || spec.parts[part] === 'optional'
  return { redis: runs('redis') ? spec.redis : undefined, kafka: runs('kafka') ? spec.kafka : undefined }
}

/** @throws Unobserved on a live target: no database of a rehearsal is made on a server that somebody needs. */
export function requireDisposable({ kind, name }: Target, what: string): void {
  if (kind !== 'live') return
  throw new Unobserved({
    id: `not-disposable:${name}`,
    text: `${what} makes databases of its own on a server that nobody needs, and target ${name} is live; run it on --target=embedded or --target=ephemeral`,
  })
}
