import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { until } from '../wait.ts'
import type { Backup } from './backup.ts'
import { type Canary, startCanary } from './canary.ts'
import type { DatabaseConnection } from './database.ts'
import { databasesLike, dropDatabase, recreateDatabase } from './database-swap.ts'
import { deployProcedure } from './deploy.ts'
import { detect } from './drill-detection.ts'
import type { DrillEvent, DrillReport, DrillSteps } from './drill-report.ts'
import type { BadRelease, DrillStage, SetStage } from './drill-stage.ts'
import { backUp, bytesOf, checksums, reportOf, tablesOf } from './drill-summary.ts'
import { troubledRollbacks } from './drill-trouble.ts'
import { keeps, type Ledger, lossesOf, readLedger } from './ledger.ts'
import type { Release } from './platform.ts'
import type { Restored } from './restore.ts'
import { rollbackProcedure } from './rollback.ts'
import { type ProcedureReport, runProcedure, type StepReport } from './run.ts'

export interface DrillOptions {
  /** A role that may create and drop databases. */
  readonly admin: DatabaseConnection
  /** The role that owns the drill's databases; their name is the drill's own. */
  readonly application: Omit<DatabaseConnection, 'database'>
  readonly badRelease: BadRelease
  readonly setStage: SetStage
  /** Names the databases, so that what a killed drill left behind can be told. */
  readonly runId: string
  readonly signal: AbortSignal
}

/** Milliseconds between two tokens. */
const CANARY_MS = 12
/** After which the canary gives an answer up. */
const PATIENCE_MS = 1_000
/** Tokens that each phase waits for before the next begins. */
const TOKENS = 6
/** How long any wait for tokens may take. */
const TOKENS_MS = 5_000
/** What a good release of the drill may take to become healthy: milliseconds on a quiet machine. */
const READY_MS = 5_000
/** What the bad one may take before its deploy is given up. */
const BAD_READY_MS = 400
const POLL_MS = 10

/**
 * The drill: deploy a good release, write through it, deploy a bad one over it, notice, roll back to the exact images and data
 * of before, and count what was lost. On databases of its own, which are dropped whatever happens.
 */
export async function runDrill(options: DrillOptions): Promise<DrillReport> {
  const { admin, application, runId, signal, setStage, badRelease } = options
  const name = `drill_${runId
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .slice(-24)}`
  const administration = { admin, signal }
  const directory = await mkdtemp(path.join(tmpdir(), 'runbook-drill-'))
  let stage: DrillStage | undefined
  try {
    await recreateDatabase(administration, name, application.user)
    stage = await setStage({ application: { ...application, database: name }, badRelease, directory, signal })
    return await new Drill(options, { ...application, database: name }, directory, stage).run()
  } finally {
    await stage?.close()
    // Not by the run's signal: an interrupted drill cleans up as well.
    for (const database of await databasesLike({ admin }, name)) await dropDatabase({ admin }, database)
    await rm(directory, { recursive: true, force: true })
  }
}

/** One drill on its stage. */
class Drill {
  readonly #options: DrillOptions
  readonly #application: DatabaseConnection
  readonly #directory: string
  readonly #stage: DrillStage
  readonly #timeline: DrillEvent[] = []
  readonly #canary: Canary
  readonly #start = performance.now()

  constructor(options: DrillOptions, application: DatabaseConnection, directory: string, stage: DrillStage) {
    this.#options = options
    this.#application = application
    this.#directory = directory
    this.#stage = stage
    this.#canary = startCanary(stage, { everyMs: CANARY_MS, patienceMs: PATIENCE_MS, signal: options.signal })
  }

  async run(): Promise<DrillReport> {
    try {
      return await this.#phases()
    } finally {
      await this.#canary.stop()
    }
  }

  async #phases(): Promise<DrillReport> {
    const { platform, good, bad } = this.#stage
    const deploy = await this.#deploy(good)
    await this.#tokens()
    const before = await platform.running()
    const files = { before: await checksums(this.#stage), bad: {} as Record<string, string> }
    const taken: { backup?: Backup; at?: number; troubled?: DrillReport['troubled'] } = {}
    const badDeployAt = performance.now()
    const badDeploy = await this.#deploy(bad, {
      backUp: async () => {
        taken.at = performance.now()
        taken.backup = await backUp(this.#directory, this.#application, this.#stage, this.#options.signal)
      },
      afterBackup: async () => {
        await this.#tokens()
        if (taken.backup !== undefined) taken.troubled = await this.#trouble(taken.backup)
      },
    })
    const { backup, at: backupAt } = taken
    if (backup === undefined || backupAt === undefined)
      throw new Error(`the drill could not take its backup: ${badDeploy.failure?.message ?? 'no reason given'}`)
    const how = await detect(this.#stage, this.#canary, badDeploy, this.#options.signal)
    const detectedAt = performance.now()
    this.#event('detection', how ?? 'nobody noticed the bad release')
    const running = await platform.running()
    files.bad = await checksums(this.#stage)
    const { report: rollback, restored, keptAs, stoppedAt } = await this.#rollBack(backup)
    const firstCorrect = await this.#firstCorrect(stoppedAt)
    this.#event(
      'recovery',
      firstCorrect === undefined ? 'no hook was stored correctly' : 'first hook stored correctly',
      this.#storeNames(),
    )
    await this.#canary.stop()
    const after = await checksums(this.#stage)
    const tokens = this.#canary.sent()
    const accepted = tokens.filter((token) => token.accepted).length
    return {
      badRelease: this.#options.badRelease,
      timeline: this.#timeline,
      deploy: reportOf(deploy),
      badDeploy: reportOf(badDeploy),
      rollback: reportOf(rollback),
      detection: how === undefined ? null : { how, afterMs: detectedAt - badDeployAt },
      rtoMs: firstCorrect === undefined ? null : firstCorrect - detectedAt,
      losses: lossesOf({ ledgers: await this.#ledgers(), tokens, backupAt, stoppedAt }),
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
      troubled: taken.troubled ?? [],
      backup: { ms: backup.manifest.tookMs, bytes: bytesOf(backup.manifest), method: backup.manifest.database.method },
      ms: performance.now() - this.#start,
    }
  }

  #deploy(
    release: Release,
    { backUp: take, afterBackup }: { backUp?: () => Promise<void>; afterBackup?: () => Promise<void> } = {},
  ): Promise<ProcedureReport> {
    const { platform, bad } = this.#stage
    const phase = `deploy ${release.name}`
    return this.#run(
      deployProcedure({ platform, release, backUp: take, deadlineMs: release === bad ? BAD_READY_MS : READY_MS }),
      phase,
      async (step) => {
        if (step.name === 'backup') await afterBackup?.()
      },
    )
  }

  async #rollBack(backup: Backup): Promise<RolledBack> {
    const found: { restored?: Restored; keptAs?: string | undefined; stoppedAt?: number } = {}
    const procedure = rollbackProcedure({
      platform: this.#stage.platform,
      backup: backup.directory,
      administration: { admin: this.#options.admin, signal: this.#options.signal },
      application: this.#application,
      configurationRoot: this.#stage.configurationRoot,
      deadlineMs: READY_MS,
      signal: this.#options.signal,
      onRestored: (restored) => {
        found.restored = restored
      },
      onReplaced: (keptAs) => {
        found.keptAs = keptAs
      },
    })
    const report = await this.#run(procedure, 'rollback', (step) => {
      if (step.name === 'stop services') found.stoppedAt = performance.now()
    })
    return { report, restored: found.restored, keptAs: found.keptAs, stoppedAt: found.stoppedAt ?? performance.now() }
  }

  async #run(
    procedure: Parameters<typeof runProcedure>[0],
    phase: string,
    onStep: (step: StepReport) => void | Promise<void>,
  ): Promise<ProcedureReport> {
    this.#event(phase, 'begun')
    const stateFile = path.join(this.#directory, `${phase.replaceAll(/\W+/g, '-')}.state.json`)
    const report = await runProcedure(procedure, {
      stateFile,
      signal: this.#options.signal,
      everyMs: POLL_MS,
      onStep: (step) => {
        this.#event(phase, `${step.name} done`, step.name.includes('database') ? this.#storeNames() : '')
        return onStep(step)
      },
    })
    const { failure } = report
    this.#event(phase, failure === null ? 'done' : `stopped at ${failure.step}: ${failure.message}`)
    return report
  }

  async #trouble(backup: Backup): Promise<DrillReport['troubled']> {
    const troubled = await troubledRollbacks({
      backup,
      directory: this.#directory,
      platform: this.#stage.platform,
      administration: { admin: this.#options.admin, signal: this.#options.signal },
      application: this.#application,
    })
    for (const { trouble, verdict } of troubled) this.#event('trouble', `${trouble}: ${verdict}`)
    return troubled
  }

  /** Waits until some more tokens were accepted. */
  async #tokens(): Promise<void> {
    const since = performance.now()
    const count = async (): Promise<number> => this.#canary.acceptedSince(since).length
    await until(count, (accepted) => accepted >= TOKENS, {
      deadlineMs: TOKENS_MS,
      everyMs: POLL_MS,
      signal: this.#options.signal,
    })
  }

  /** When the first hook after the outage was answered that every store has as it was sent; waits until there are some. */
  async #firstCorrect(since: number): Promise<number | undefined> {
    const answers = async (): Promise<number[]> => {
      const ledgers = [...(await this.#ledgers()).values()]
      const correct = this.#canary.acceptedSince(since).filter((token) => ledgers.every((ledger) => keeps(ledger, token)))
      return correct.map((token) => token.answeredAt)
    }
    const waiting = { deadlineMs: TOKENS_MS, everyMs: POLL_MS, signal: this.#options.signal }
    const correct = await until(answers, (some) => some.length >= TOKENS / 2, waiting)
    return correct.length === 0 ? undefined : Math.min(...correct)
  }

  async #ledgers(): Promise<Map<string, Ledger>> {
    const read = async (store: DrillStage['stores'][number]) => [store.name, await readLedger(store)] as const
    return new Map(await Promise.all(this.#stage.stores.map(read)))
  }

  #storeNames(): string {
    return this.#stage.stores.map(({ name }) => name).join(', ')
  }

  #event(phase: string, event: string, store = ''): void {
    this.#timeline.push({ at: new Date().toISOString(), phase, event, store })
  }
}

interface RolledBack {
  readonly report: ProcedureReport
  readonly restored: Restored | undefined
  readonly keptAs: string | undefined
  readonly stoppedAt: number
}

export type { DrillReport, DrillSteps }
