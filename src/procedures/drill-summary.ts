import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { type Backup, takeBackup } from './backup.ts'
import { copyDump } from './copy-dump.ts'
import type { DatabaseConnection } from './database.ts'
import type { DrillReport, DrillSteps } from './drill-report.ts'
import type { DrillStage } from './drill-stage.ts'
import type { Manifest } from './manifest.ts'
import type { Restored } from './restore.ts'
import type { ProcedureReport } from './run.ts'

/** The drill's own backup: database, configuration and the digests that run. */
export async function backUp(
  directory: string,
  database: DatabaseConnection,
  { configuration, platform }: DrillStage,
  signal: AbortSignal,
): Promise<Backup> {
  return takeBackup({
    backups: path.join(directory, 'backups'),
    database,
    configuration,
    images: await platform.running(),
    // The same on every machine, whatever tools it has: the drill measures the procedure.
    dump: copyDump(),
    signal,
  })
}

export function reportOf({ outcome, steps, ms, failure }: ProcedureReport): DrillSteps {
  return { outcome, steps, ms, failure: failure === null ? '' : `${failure.step}: ${failure.message}` }
}

/** Each table of the manifest with what was restored of it. */
export function tablesOf(manifest: Manifest, restored: Restored | undefined): DrillReport['tables'] {
  return manifest.database.tables.map(({ name, rows }) => ({
    name,
    manifest: rows,
    restored: restored?.tables.find((table) => table.name === name)?.rows ?? null,
  }))
}

export function bytesOf(manifest: Manifest): number {
  return manifest.files.reduce((sum, { bytes }) => sum + bytes, 0)
}

/** Checksum of each configuration file as it is now, by its path on the host. */
export async function checksums({ configuration }: DrillStage): Promise<Record<string, string>> {
  const sums = configuration.map(async ({ source, original }) => {
    const sum = createHash('sha256').update(await readFile(source))
    return [original, sum.digest('hex')] as const
  })
  return Object.fromEntries(await Promise.all(sums))
}
