import { restoreConfiguration } from './configuration.ts'
import type { DatabaseConnection } from './database.ts'
import { createBeside, type DatabaseAdministration, isSwappedIn, markDatabase, swapIn } from './database-swap.ts'
import { obstacleToLoading } from './dump.ts'
import type { Manifest } from './manifest.ts'
import { ailments, imageOf, type Platform, wrongImages } from './platform.ts'
import type { Procedure, Step } from './procedure.ts'
import { type Restored, readManifest, restoreDatabase, verifyBackup } from './restore.ts'

export interface RollbackOptions {
  readonly platform: Platform
  /** Directory of the backup to go back to. */
  readonly backup: string
  readonly administration: DatabaseAdministration
  /** The live database and the role that owns it. */
  readonly application: DatabaseConnection
  /** Put before every path of the configuration; empty on the host itself; undefined leaves the configuration alone. */
  readonly configurationRoot: string | undefined
  /** Milliseconds that services may take to become ready; default: the runbook's 30 × 10 s. */
  readonly deadlineMs?: number
  readonly signal?: AbortSignal
  /** Told what was restored, and under which name the replaced database is kept. */
  readonly onRestored?: (restored: Restored) => void
  readonly onReplaced?: (keptAs: string | undefined) => void
}

/**
 * The rollback: nothing is stopped before every input was found good; the backup is restored into a new database beside the
 * live one and compared, and only then takes its place; what it replaces is kept. Exactly the images of the backup are started.
 */
export function rollbackProcedure(options: RollbackOptions): Procedure {
  const { backup, application } = options
  const restoring = `${application.database}_restoring`
  let manifest: Promise<Manifest> | undefined
  const wanted = (): Promise<Manifest> => {
    manifest ??= readManifest(backup)
    return manifest
  }
  const mark = `restored from ${backup}`
  const context: Context = { ...options, restoring, wanted, mark }
  return {
    name: 'rollback',
    inputs: { backup, database: application.database },
    again: 'run the same rollback again: it goes on from here',
    steps: [
      checkInputs(context),
      stopServices(context),
      restore(context),
      putInPlace(context),
      configuration(context),
      startAgain(context),
      validate(context),
    ],
  }
}

interface Context extends RollbackOptions {
  /** Name of the database that is restored into. */
  readonly restoring: string
  readonly wanted: () => Promise<Manifest>
  /** Tells the restored database from any other. */
  readonly mark: string
}

function checkInputs({ backup, wanted, platform, signal }: Context): Step {
  return {
    name: 'check inputs',
    describe: 'Read the manifest, check every checksum, find every image on the host. Nothing is touched before all is there.',
    commands: [
      `(cd ${backup} && node -e 'for (const f of require("./manifest.json").files) console.log(f.sha256 + "  " + f.path)' | sha256sum -c)`,
    ],
    async precondition() {
      const manifest = await wanted()
      await verifyBackup(backup, manifest, signal)
      const obstacle = await obstacleToLoading(manifest.database.method)
      if (obstacle !== undefined) return obstacle
      const absent: string[] = []
      for (const [service, digest] of Object.entries(manifest.images))
        if (!(await platform.hasImage(digest))) absent.push(`${service} ${digest}`)
      if (Object.keys(manifest.images).length === 0) return 'the manifest names no image: nobody knows what to start again'
      return absent.length === 0 ? undefined : `images are not on this host: ${absent.join(', ')}`
    },
    run: async () => undefined,
    whenItFails:
      'nothing was changed; choose an older backup, or fetch the missing image by its digest, and run the rollback again',
  }
}

function stopServices({ platform, deadlineMs }: Context): Step {
  const { groups, commands } = platform
  const order = [...groups.gateway, ...groups.services].toReversed()
  return {
    name: 'stop services',
    describe: 'Stop the gateway and the services, not the database: from here on nothing more can be lost.',
    commands: order.map((service) => commands.stop(service)),
    run: async () => {
      for (const service of order) await platform.stop(service)
    },
    async verify() {
      const running = await platform.running()
      const left = order.filter((service) => running[service] !== undefined)
      return left.length === 0 ? undefined : `${left.join(', ')} still running`
    },
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    whenItFails: 'stop the service by hand and run the rollback again',
  }
}

function restore({ backup, wanted, administration, application, restoring, mark, signal, onRestored }: Context): Step {
  return {
    name: 'restore database',
    describe: 'Restore into a new database beside the live one, in one transaction, and compare it with the manifest.',
    commands: [
      `createdb --owner ${application.user} --template template0 ${restoring}`,
      `pg_restore --single-transaction --exit-on-error --no-owner --dbname ${restoring} ${backup}/database.dump`,
    ],
    run: async () => {
      const manifest = await wanted()
      await createBeside(administration, application.database, restoring)
      const database = { ...application, database: restoring }
      const aborting = signal === undefined ? {} : { signal }
      const restored = await restoreDatabase({ directory: backup, manifest, database, ...aborting })
      await markDatabase(administration, restoring, mark)
      onRestored?.(restored)
    },
    // Restoring again after services were started again would throw away what was accepted since.
    once: true,
    whenItFails: 'the live database is untouched; correct the cause and run again, or choose an older backup',
  }
}

function putInPlace({ administration, application, restoring, backup, mark, deadlineMs, onReplaced }: Context): Step {
  const { database } = application
  const swap = { live: database, replacement: restoring, mark }
  const aside = `${database}_before_${backup.split('/').at(-1) ?? 'rollback'}`
  return {
    name: 'put database in place',
    describe: 'Rename the live database out of the way and the restored one into its place; the replaced one is kept.',
    commands: [
      `psql -d postgres -c 'ALTER DATABASE ${database} RENAME TO ${aside}'`,
      `psql -d postgres -c 'ALTER DATABASE ${restoring} RENAME TO ${database}'`,
    ],
    run: async () => {
      const keptAs = await swapIn(administration, { ...swap, aside })
      onReplaced?.(keptAs)
    },
    verify: async () => ((await isSwappedIn(administration, swap)) ? undefined : `${database} is not what was restored`),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    whenItFails: `end whoever is connected to ${database}, and run the rollback again`,
  }
}

function configuration({ backup, wanted, configurationRoot }: Context): Step {
  return {
    name: 'restore configuration',
    describe: 'Put the configuration of the backup back, and move aside what was added since.',
    commands: [`cp -a ${backup}/config/. /`],
    run: async () => {
      if (configurationRoot !== undefined) await restoreConfiguration(backup, await wanted(), configurationRoot)
    },
    whenItFails: 'copy the files of the backup’s config folder by hand, and run the rollback again',
  }
}

function startAgain({ wanted, platform, deadlineMs }: Context): Step {
  const { groups, commands } = platform
  const order = [...groups.services, ...groups.gateway]
  return {
    name: 'start services',
    describe: 'Start exactly the images that the backup names, and wait until each is healthy.',
    commands: order.map((service) => commands.start(service, 'DIGEST_OF_THE_MANIFEST')),
    run: async () => {
      const { images } = await wanted()
      for (const service of order) await platform.start(service, imageOf({ name: 'of the backup', images }, service))
    },
    verify: () => ailments(platform, order),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    whenItFails: 'read the logs of the service named; the database is restored already, so only the services remain',
  }
}

function validate({ wanted, platform, deadlineMs }: Context): Step {
  return {
    name: 'validate',
    describe: 'See that every service runs its old image and that the product works through its front door.',
    commands: [platform.commands.frontDoor],
    run: async () => undefined,
    verify: async () => (await wrongImages(platform, (await wanted()).images)) ?? (await platform.frontDoorProblem()),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    whenItFails: 'the product does not work on the old release either: call the next level, and keep everything as it is',
  }
}
