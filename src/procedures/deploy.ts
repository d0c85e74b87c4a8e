import type { Bodies } from './outline.ts'
import { DEPLOY } from './outlines.ts'
import { ailments, imageOf, type Platform, type Release, wrongImages } from './platform.ts'
import { type Act, type Ask, NOTHING, type Procedure, procedureOf } from './procedure.ts'

/** What the source's deploy and its database script sleep in all, in milliseconds: 30 + 60 + 60 s. */
export const SOURCE_SLEEPS_MS = 150_000

export interface DeployOptions {
  readonly platform: Platform
  readonly release: Release
  /** Takes the backup that a rollback would go back to; undefined on a first deploy, where there is nothing to lose. */
  readonly backUp: (() => Promise<void>) | undefined
  /** Milliseconds that each group may take to become ready; default: the runbook's 30 × 10 s. */
  readonly deadlineMs?: number
}

/** The deploy: backup → images → infrastructure → topics and schema → services → monitoring → gateway → verify. */
export function deployProcedure({ platform, release, backUp, deadlineMs }: DeployOptions): Procedure {
  const { groups } = platform
  const started = (services: readonly string[]): { readonly run: Act; readonly verify: Ask } => ({
    run: async () => {
      for (const service of services) await platform.start(service, imageOf(release, service))
    },
    verify: () => ailments(platform, services),
  })
  const all = Object.values(groups).flat()
  // An incomplete release is refused before anything begins.
  for (const service of all) imageOf(release, service)
  const bodies: Bodies<typeof DEPLOY, Act, Ask> = {
    backup: { run: async () => backUp?.() },
    images: {
      run: async () => {
        for (const service of all) {
          const digest = imageOf(release, service)
          if (!(await platform.hasImage(digest))) await platform.fetchImage(digest)
        }
      },
    },
    infrastructure: started(groups.infrastructure),
    'topics and schema': { run: () => platform.migrate(release) },
    services: started(groups.services),
    monitoring: started(groups.monitoring),
    gateway: started(groups.gateway),
    verify: {
      run: NOTHING,
      verify: async () => (await wrongImages(platform, release.images)) ?? (await platform.frontDoorProblem()),
    },
  }
  return procedureOf(DEPLOY, bodies, {
    inputs: { release: release.name, images: JSON.stringify(release.images) },
    deadlineMs,
  })
}
