import path from 'node:path'
import type { Backup } from './backup.ts'
import type { DatabaseConnection } from './database.ts'
import { deployProcedure } from './deploy.ts'
import { detect } from './drill-detection.ts'
import type { DrillReport } from './drill-report.ts'
import type { DrillGround, DrillStage } from './drill-stage.ts'
import { backUp, bytesOf, checksums, reportOf, tablesOf } from './drill-summary.ts'
import { troubledRollbacks } from './drill-trouble.ts'
import { type DrillWatch, watchDrill } from './drill-watch.ts'
import type { DrillPlan } from './drills.ts'
import { interruptedRollback } from './interrupted-rollback.ts'
import { lossesOf } from './ledger.ts'
import type { Release } from './platform.ts'
import type { Procedure } from './procedure.ts'
import { type Mark, recoveryPhases } from './recovery-phases.ts'
import type { Restored } from './restore.ts'
import { rollbackProcedure } from './rollback.ts'
import { type ProcedureReport, runProcedure, type StepReport } from './run.ts'

export interface DrillOptions {
  readonly ground: DrillGround
  readonly plan: DrillPlan
  /** Names the databases, so that what a killed drill left behind can be told. */
  readonly runId: string
  readonly signal: AbortSignal
}

const POLL_MS = 10

/** One drill on its stage, from the first deploy to the count of what was lost. */
export class Drill {
  readonly #options: DrillOptions
  readonly #application: DatabaseConnection
  readonly #directory: string
  readonly #stage: DrillStage
  readonly #watch: DrillWatch
  readonly #start = performance.now()

  constructor(options: DrillOptions, application: DatabaseConnection, directory: string, stage: DrillStage) {
    this.#options = options
    this.#application = application
    this.#directory = directory
    this.#stage = stage
    this.#watch = watchDrill(stage, options.signal)
  }

  async run(): Promise<DrillReport> {
    try {
      return await this.#phases()
    } finally {
      await this.#watch.stop()
    }
  }

  async #phases(): Promise<DrillReport> {
    const { platform, good, bad } = this.#stage
    const deploy = await this.#deploy(good)
    await this.#watch.moreTokens()
    const before = await platform.running()
    const failedBefore = new Set((await this.#stage.look('marks')).map(({ id }) => id))
    const files = { before: await checksums(this.#stage), bad: {} as Record<string, string> }
    const taken: { backup?: Backup; at?: number; troubled?: DrillReport['troubled'] } = {}
    const badDeployAt = performance.now()
    const badDeploy = await this.#deploy(bad, {
      backUp: async () => {
        taken.at = performance.now()
        taken.backup = await backUp(this.#directory, this.#application, this.#stage, this.#options.signal)
      },
      afterBackup: async () => {
        await this.#watch.moreTokens()
        if (taken.backup !== undefined) taken.troubled = await this.#trouble(taken.backup)
      },
    })
    const { backup, at: backupAt } = taken
    if (backup === undefined || backupAt === undefined)
      throw new Error(`the drill could not take its backup: ${badDeploy.failure?.message ?? 'no reason given'}`)
    const how = await detect({
      stage: this.#stage,
      canary: this.#watch,
      deploy: badDeploy,
      failedBefore,
      signal: this.#options.signal,
    })
    const detectedAt = performance.now()
    this.#watch.event('detection', how ?? 'nobody noticed the bad release')
    const running = await platform.running()
    files.bad = await checksums(this.#stage)
    const { report: rollback, restored, keptAs, stoppedAt, troubled, marks } = await this.#rollBack(backup)
    const firstCorrect = await this.#watch.firstCorrect(stoppedAt)
    const recovery = firstCorrect === undefined ? 'no hook was stored correctly' : 'first hook stored correctly'
    this.#watch.event('recovery', recovery, this.#watch.stores, firstCorrect)
    await this.#watch.stop()
    const after = await checksums(this.#stage)
    const tokens = this.#watch.sent()
    const accepted = tokens.filter((token) => token.accepted).length
    return {
      badRelease: this.#options.plan.badRelease,
      timeline: this.#watch.timeline,
      deploy: reportOf(deploy),
      badDeploy: reportOf(badDeploy),
      rollback: reportOf(rollback),
      detection: how === undefined ? null : { how, afterMs: detectedAt - badDeployAt },
      rtoMs: firstCorrect === undefined ? null : firstCorrect - detectedAt,
      rtoPhases: firstCorrect === undefined ? [] : recoveryPhases(detectedAt, marks, firstCorrect),
      losses: lossesOf({ ledgers: await this.#watch.ledgers(), tokens, backupAt, stoppedAt }),
      canary: { sent: tokens.length, accepted, refused: tokens.length - accepted },
      digests: { released: good.images, before, bad: running, after: await platform.running() },
      tables: tablesOf(backup.manifest, restored),
      schemaHash: { manifest: backup.manifest.database.schemaHash, restored: restored?.schemaHash ?? null },
      configuration: Object.entries(files.before).map(([file, sum]) => ({
        path: file,
        before: sum,
        bad: files.bad[file] ?? '',
        after: after[file] ?? '',
      })),
      keptAs: keptAs ?? null,
      troubled: [...(taken.troubled ?? []), ...troubled],
      backup: { ms: backup.manifest.tookMs, bytes: bytesOf(backup.manifest), method: backup.manifest.database.method },
      ms: performance.now() - this.#start,
    }
  }

  #deploy(
    release: Release,
    { backUp: take, afterBackup }: { backUp?: () => Promise<void>; afterBackup?: () => Promise<void> } = {},
  ): Promise<ProcedureReport> {
    const { platform, bad, pace } = this.#stage
    const phase = `deploy ${release.name}`
    return this.#run(
      deployProcedure({ platform, release, backUp: take, deadlineMs: release === bad ? pace.badReadyMs : pace.readyMs }),
      phase,
      async (step) => {
        if (step.name === 'backup') await afterBackup?.()
      },
    )
  }

  async #rollBack(backup: Backup): Promise<RolledBack> {
    const found: { restored?: Restored; keptAs?: string | undefined; stoppedAt?: number } = {}
    const marks: Mark[] = []
    const mark = (name: string): unknown => marks.push({ name, at: performance.now() })
    const procedure = rollbackProcedure({
      platform: this.#stage.platform,
      backup: backup.directory,
      administration: { admin: this.#options.ground.admin, signal: this.#options.signal },
      application: this.#application,
      configurationRoot: this.#stage.configurationRoot,
      deadlineMs: this.#stage.pace.readyMs,
      signal: this.#options.signal,
      onRestored: (restored) => {
        found.restored = restored
      },
      onReplaced: (keptAs) => {
        found.keptAs = keptAs
      },
    })
    const run = (onStopped = async (): Promise<void> => undefined): Promise<ProcedureReport> =>
      this.#run(procedure, 'rollback', async (step) => {
        mark(step.name)
        if (step.name !== 'stop services') return
        found.stoppedAt ??= performance.now()
        await onStopped()
      })
    const { trouble, platform } = this.#stage
    const troubled = trouble && (await interruptedRollback({ trouble, run, platform, live: this.#application }))
    if (troubled) {
      this.#watch.event('trouble', `${troubled.trouble}: ${troubled.verdict}`)
      mark(troubled.trouble)
    }
    const report = await run()
    const stoppedAt = found.stoppedAt ?? performance.now()
    return { report, restored: found.restored, keptAs: found.keptAs, stoppedAt, troubled: troubled ? [troubled] : [], marks }
  }

  async #run(procedure: Procedure, phase: string, onStep: (step: StepReport) => void | Promise<void>): Promise<ProcedureReport> {
    this.#watch.event(phase, 'begun')
    const stateFile = path.join(this.#directory, `${phase.replaceAll(/\W+/g, '-')}.state.json`)
    const report = await runProcedure(procedure, {
      stateFile,
      signal: this.#options.signal,
      everyMs: POLL_MS,
      onStep: (step) => {
        this.#watch.event(phase, `${step.name} done`, step.name.includes('database') ? this.#watch.takenBack : '')
        return onStep(step)
      },
    })
    const { failure } = report
    this.#watch.event(phase, failure === null ? 'done' : `stopped at ${failure.step}: ${failure.message}`)
    return report
  }

  async #trouble(backup: Backup): Promise<DrillReport['troubled']> {
    const troubled = await troubledRollbacks({
      backup,
      directory: this.#directory,
      platform: this.#stage.platform,
      administration: { admin: this.#options.ground.admin, signal: this.#options.signal },
      application: this.#application,
    })
    for (const { trouble, verdict } of troubled) this.#watch.event('trouble', `${trouble}: ${verdict}`)
    return troubled
  }
}

interface RolledBack {
  readonly report: ProcedureReport
  readonly restored: Restored | undefined
  readonly keptAs: string | undefined
  readonly stoppedAt: number
  /** What was done, and when it was done. */
  readonly marks: readonly Mark[]
  readonly troubled: DrillReport['troubled']
}
