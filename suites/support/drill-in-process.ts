import { randomBytes } from 'node:crypto'
import type { DatabaseConnection } from '../../src/procedures/database.ts'
import type { DrillGround, DrillPace, DrillStage, StageContext } from '../../src/procedures/drill-stage.ts'
import { databaseKilled, endRestoringSession } from '../../src/procedures/rollback-trouble.ts'
import type { TargetSpec } from '../../src/targets/schema.ts'
import { lookAtDrill } from './drill-look.ts'
import { badBehaviour, referencePlatform } from './drill-platform.ts'
import { migrate, RELEASES, seed, stageOf } from './drill-stage.ts'

const PACE: DrillPace = { canaryMs: 12, readyMs: 5_000, badReadyMs: 400, noticeMs: 3_000, tokensMs: 5_000 }

export interface ProcessGroundOptions {
  readonly spec: TargetSpec
  readonly admin: DatabaseConnection
  /** The role of the services; its password is asked for by no name. */
  readonly application: Omit<DatabaseConnection, 'database'>
}

/** A drill in this process, on databases of its own: an image is a service with one behaviour. */
export function groundInProcess(options: ProcessGroundOptions): DrillGround {
  const { admin, application } = options
  return { admin, application, setStage: (context) => setStage(options, context), close: async () => undefined }
}

async function setStage({ spec, admin }: ProcessGroundOptions, context: StageContext): Promise<DrillStage> {
  const { application, plan, signal } = context
  const apiKey = randomBytes(16).toString('hex')
  await seed(context)
  const platform = referencePlatform({
    database: application,
    apiKey,
    signal,
    migrate: (release) => migrate(release, context),
  })
  const urls = (): Record<string, string> => {
    const found = Object.keys(spec.services).map((service) => [service, platform.url(service)] as const)
    return Object.fromEntries(found.flatMap(([service, url]) => (url === undefined ? [] : [[service, url]])))
  }
  return stageOf(
    {
      platform,
      good: platform.load(RELEASES.good, '1.0.0', () => ({ kind: 'healthy' })),
      bad: platform.load(RELEASES.bad, '2.0.0', (service) => badBehaviour(plan.badRelease, service)),
      apiKey,
      pace: PACE,
      stores: [],
      // The server is everybody's: only the session that restores is ended.
      trouble:
        plan.trouble === undefined
          ? undefined
          : databaseKilled(admin, { kill: () => endRestoringSession(admin), revive: async () => undefined }),
      look: (kind, schemaVersion) =>
        lookAtDrill(kind, {
          spec,
          secrets: { apiKey, 'postgres.password': application.password },
          urls: urls(),
          database: application,
          topicPrefix: spec.names.topicPrefix,
          project: undefined,
          schemaVersion,
          signal,
        }),
      close: () => platform.close(),
    },
    context,
  )
}
