import type { DatabaseConnection } from './database.ts'
import type { TroubledRollback } from './drill-report.ts'
import type { Platform } from './platform.ts'
import { contentsOf, type RollbackTrouble } from './rollback-trouble.ts'
import type { ProcedureReport } from './run.ts'

export interface InterruptedRollback {
  readonly trouble: RollbackTrouble
  /** The rollback, which keeps its state: run again, it goes on. Waits for `onStopped` once the services are stopped. */
  readonly run: (onStopped: () => Promise<void>) => Promise<ProcedureReport>
  readonly platform: Platform
  readonly live: DatabaseConnection
}

/** Runs a rollback into trouble, mends what caused it, and tells what the rollback left: the rollback can then be run again. */
export async function interruptedRollback({ trouble, run, platform, live }: InterruptedRollback): Promise<TroubledRollback> {
  const running = await platform.running()
  let contents: readonly string[] = []
  await trouble.arm()
  const over = new AbortController()
  const striking = trouble.strike(over.signal)
  const report = await run(async () => {
    // From here on nobody writes to it.
    contents = await contentsOf(live)
  })
  over.abort()
  await striking
  await trouble.mend()
  const after = await contentsOf(live)
  // Services that were stopped are where a rollback may stop; one that was started is not.
  const started = Object.entries(await platform.running()).filter(([service, image]) => running[service] !== image)
  const different = after.filter((line) => !contents.includes(line))
  return {
    trouble: trouble.name,
    stopped: report.outcome === 'failed',
    step: report.failure?.step ?? '',
    verdict: report.failure?.message ?? 'the rollback went through',
    next: report.failure === null ? '' : `${report.failure.whenItFails}; ${report.failure.next}`,
    changed: [
      ...different.map((line) => `live database: ${line}`),
      ...started.map(([service, image]) => `services: ${service} runs ${image}`),
    ],
  }
}
