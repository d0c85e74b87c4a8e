import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { databasesLike, dropDatabase, recreateDatabase } from './database-swap.ts'
import { Drill, type DrillOptions } from './drill-course.ts'
import type { DrillReport } from './drill-report.ts'
import type { DrillStage } from './drill-stage.ts'

/**
 * The drill: deploy a good release, write through it, deploy a bad one over it, notice, roll back to the exact images and data
 * of before, and count what was lost. On databases of its own, which are dropped whatever happens.
 */
export async function runDrill(options: DrillOptions): Promise<DrillReport> {
  const { ground, runId, signal, plan } = options
  const { admin, application, setStage } = ground
  const name = `drill_${runId
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .slice(-24)}`
  const administration = { admin, signal }
  const directory = await mkdtemp(path.join(tmpdir(), 'runbook-drill-'))
  let stage: DrillStage | undefined
  try {
    await recreateDatabase(administration, name, application.user)
    stage = await setStage({ application: { ...application, database: name }, admin, plan, directory, signal })
    return await new Drill(options, { ...application, database: name }, directory, stage).run()
  } finally {
    try {
      await stage?.close()
    } finally {
      // Not by the run's signal: an interrupted drill cleans up as well.
      await rm(directory, { recursive: true, force: true })
      for (const database of await databasesLike({ admin }, name)) await dropDatabase({ admin }, database)
    }
  }
}
