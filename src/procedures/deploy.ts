import { ailments, imageOf, type Platform, type Release, wrongImages } from './platform.ts'
import type { Procedure, Step } from './procedure.ts'

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
  const { groups, commands } = platform
  const waiting = deadlineMs === undefined ? {} : { deadlineMs }
  const start = (name: string, describe: string, services: readonly string[]): Step => ({
    name,
    describe,
    commands: services.flatMap((service) => [commands.start(service, imageOf(release, service)), commands.health(service)]),
    run: async () => {
      for (const service of services) await platform.start(service, imageOf(release, service))
    },
    verify: () => ailments(platform, services),
    ...waiting,
    whenItFails: `read the logs of ${services.join(', ') || 'the group'}, then correct the cause and run again, or roll back`,
  })
  const all = Object.values(groups).flat()
  return {
    name: `deploy of ${release.name}`,
    inputs: { release: release.name, images: JSON.stringify(release.images) },
    again: 'run the same deploy again: it goes on from here; or roll back to the backup of step 1',
    steps: [
      {
        name: 'backup',
        describe: 'Take the backup that a rollback would restore, and check it, before anything changes.',
        commands: [commands.backup],
        run: async () => backUp?.(),
        // A backup taken by a later run would hold what this deploy has changed already.
        once: true,
        whenItFails: 'do not deploy: without this backup there is no way back',
      },
      {
        name: 'images',
        describe: 'Bring every image of the release to the host, by digest, while the old ones still run.',
        commands: all.map((service) => commands.fetch(service, imageOf(release, service))),
        run: async () => {
          for (const service of all) {
            const digest = imageOf(release, service)
            if (!(await platform.hasImage(digest))) await platform.fetchImage(digest)
          }
        },
        whenItFails: 'check the registry, the login and the digest in the release manifest; nothing was changed yet',
      },
      start(
        'infrastructure',
        'Start the database, the cache and the event bus, and wait until each answers.',
        groups.infrastructure,
      ),
      {
        name: 'topics and schema',
        describe: 'Create the topics and bring the schema to what the release expects.',
        commands: [commands.migrate],
        run: () => platform.migrate(release),
        whenItFails: 'read the migration’s error; roll back, unless the migration is known to be safe to repeat',
      },
      start('services', 'Start the services of the release and wait until each is healthy by its own account.', groups.services),
      start('monitoring', 'Start monitoring and its exporters.', groups.monitoring),
      start('gateway', 'Start the gateway last: nobody comes in before the services are healthy.', groups.gateway),
      {
        name: 'verify',
        describe: 'See that exactly the release runs and that the product works through its front door.',
        commands: [commands.frontDoor],
        run: async () => undefined,
        verify: async () => (await wrongImages(platform, release.images)) ?? (await platform.frontDoorProblem()),
        ...waiting,
        whenItFails: 'roll back to the backup of step 1',
      },
    ],
  }
}
