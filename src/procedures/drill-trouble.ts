import { cp, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Backup } from './backup.ts'
import type { DatabaseConnection } from './database.ts'
import { type DatabaseAdministration, databasesLike } from './database-swap.ts'
import type { TroubledRollback } from './drill-report.ts'
import { MANIFEST_FILE, type Manifest } from './manifest.ts'
import type { Platform } from './platform.ts'
import { rollbackProcedure } from './rollback.ts'
import { runProcedure } from './run.ts'

export interface TroubleOptions {
  readonly backup: Backup
  /** Where spoiled copies of the backup may be made. */
  readonly directory: string
  readonly platform: Platform
  readonly administration: DatabaseAdministration
  readonly application: DatabaseConnection
}

/** An image that no host has. */
const NO_IMAGE = `sha256:${'0'.repeat(64)}`

/** Attempts rollbacks that must not go through, while the good release runs: each must stop and leave everything as it was. */
export async function troubledRollbacks(options: TroubleOptions): Promise<TroubledRollback[]> {
  return [
    await attempt(options, 'the backup is truncated', async (directory, manifest) => {
      const largest = manifest.files.toSorted((one, other) => other.bytes - one.bytes)[0]
      if (largest !== undefined) await truncate(path.join(directory, largest.path), Math.floor(largest.bytes / 2))
    }),
    await attempt(options, 'an image of the previous release is gone', async (directory, manifest) => {
      const images = Object.fromEntries(Object.keys(manifest.images).map((service) => [service, NO_IMAGE]))
      await writeFile(path.join(directory, MANIFEST_FILE), JSON.stringify({ ...manifest, images }))
    }),
  ]
}

async function attempt(
  { backup, directory, platform, administration, application }: TroubleOptions,
  trouble: string,
  spoil: (directory: string, manifest: Manifest) => Promise<void>,
): Promise<TroubledRollback> {
  const copy = path.join(directory, `spoiled-${trouble.replaceAll(/\W+/g, '-')}`)
  await cp(backup.directory, copy, { recursive: true })
  await spoil(copy, backup.manifest)
  const look = async (): Promise<State> => ({
    running: JSON.stringify(await platform.running()),
    databases: (await databasesLike(administration, application.database)).join(', '),
  })
  const before = await look()
  const report = await runProcedure(
    rollbackProcedure({ platform, backup: copy, administration, application, configurationRoot: undefined, deadlineMs: 0 }),
  )
  const after = await look()
  return {
    trouble,
    stopped: report.outcome === 'failed',
    step: report.failure?.step ?? '',
    verdict: report.failure?.message ?? 'the rollback went through',
    next: report.failure?.whenItFails ?? '',
    changed: [
      ...(before.running === after.running ? [] : [`running services: ${before.running} became ${after.running}`]),
      ...(before.databases === after.databases ? [] : [`databases: ${before.databases} became ${after.databases}`]),
    ],
  }
}

interface State {
  readonly running: string
  readonly databases: string
}
