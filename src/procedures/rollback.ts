import { restoreConfiguration } from './configuration.ts'
import type { DatabaseConnection } from './database.ts'
import { createBeside, type DatabaseAdministration, isSwappedIn, markDatabase, swapIn } from './database-swap.ts'
import { obstacleToLoading } from './dump.ts'
import type { Manifest } from './manifest.ts'
import type { Bodies } from './outline.ts'
import { ROLLBACK } from './outlines.ts'
import { ailments, imageOf, type Platform, wrongImages } from './platform.ts'
import { type Act, type Ask, NOTHING, type Procedure, procedureOf } from './procedure.ts'
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
  const { backup, application, deadlineMs } = options
  let manifest: Promise<Manifest> | undefined
  const wanted = (): Promise<Manifest> => {
    manifest ??= readManifest(backup)
    return manifest
  }
  const context: Context = { ...options, restoring: `${application.database}_restoring`, wanted, mark: restoredMark(backup) }
  const bodies: Bodies<typeof ROLLBACK, Act, Ask> = {
    'check inputs': { run: NOTHING, precondition: () => obstacle(context) },
    'stop services': stopServices(context),
    'restore database': { run: () => restore(context) },
    'put database in place': putInPlace(context),
    'restore configuration': { run: () => configuration(context) },
    'start services': startAgain(context),
    validate: { run: NOTHING, verify: () => invalid(context) },
  }
  return procedureOf(ROLLBACK, bodies, { inputs: { backup, database: application.database }, deadlineMs })
}

/** The comment by which a restored database is told from any other. */
export function restoredMark(backup: string): string {
  return `restored from ${backup}`
}

interface Context extends RollbackOptions {
  /** Name of the database that is restored into. */
  readonly restoring: string
  readonly wanted: () => Promise<Manifest>
  /** Tells the restored database from any other. */
  readonly mark: string
}

interface Done {
  readonly run: Act
  readonly verify: Ask
}

async function obstacle({ backup, wanted, platform, signal }: Context): Promise<string | undefined> {
  const manifest = await wanted()
  await verifyBackup(backup, manifest, signal)
  const loading = await obstacleToLoading(manifest.database.method)
  if (loading !== undefined) return loading
  const absent: string[] = []
  for (const [service, digest] of Object.entries(manifest.images))
    if (!(await platform.hasImage(digest))) absent.push(`${service} ${digest}`)
  if (Object.keys(manifest.images).length === 0) return 'the manifest names no image: nobody knows what to start again'
  return absent.length === 0 ? undefined : `images are not on this host: ${absent.join(', ')}`
}

function stopServices({ platform }: Context): Done {
  const { groups } = platform
  const order = stopOrder(groups)
  return {
    run: async () => {
      for (const service of order) await platform.stop(service)
    },
    async verify() {
      const running = await platform.running()
      const left = order.filter((service) => running[service] !== undefined)
      return left.length === 0 ? undefined : `${left.join(', ')} still running`
    },
  }
}

async function restore({ backup, wanted, administration, application, restoring, mark, signal, onRestored }: Context) {
  const manifest = await wanted()
  await createBeside(administration, application.database, restoring)
  const database = { ...application, database: restoring }
  const aborting = signal === undefined ? {} : { signal }
  const restored = await restoreDatabase({ directory: backup, manifest, database, ...aborting })
  await markDatabase(administration, restoring, mark)
  onRestored?.(restored)
}

/** Nobody comes in any more before the services go, the last one started first. */
export function stopOrder({ gateway, services }: Platform['groups']): string[] {
  return [...gateway, ...services.toReversed()]
}

function putInPlace({ administration, application, restoring, backup, mark, onReplaced }: Context): Done {
  const { database } = application
  const swap = { live: database, replacement: restoring, mark }
  return {
    run: async () => {
      const keptAs = await swapIn(administration, { ...swap, aside: replacedName(database, backup) })
      onReplaced?.(keptAs)
    },
    verify: async () => ((await isSwappedIn(administration, swap)) ? undefined : `${database} is not what was restored`),
  }
}

/** Name under which a rollback keeps the database that it replaces. */
export function replacedName(database: string, backup: string): string {
  return `${database}_before_${backup.split('/').at(-1) ?? 'rollback'}`
}

async function configuration({ backup, wanted, configurationRoot }: Context): Promise<void> {
  if (configurationRoot !== undefined) await restoreConfiguration(backup, await wanted(), configurationRoot)
}

function startAgain({ wanted, platform }: Context): Done {
  const { groups } = platform
  const order = [...groups.services, ...groups.gateway]
  return {
    run: async () => {
      const { images } = await wanted()
      for (const service of order) await platform.start(service, imageOf({ name: 'of the backup', images }, service))
    },
    verify: () => ailments(platform, order),
  }
}

async function invalid({ wanted, platform }: Context): Promise<string | undefined> {
  return (await wrongImages(platform, (await wanted()).images)) ?? (await platform.frontDoorProblem())
}
