import type { StepReport } from './run.ts'

/** What a token of the canary became, in one store. */
export interface StoreLoss {
  readonly store: string
  /** Accepted before the rollback stopped the services. */
  readonly accepted: number
  /** Of those, found after the rollback with the content that was sent. */
  readonly kept: number
  /** Of those, not found, or found with another content. */
  readonly lost: number
  /** From the first token that was lost to the last one that was accepted, in milliseconds; 0 where none was lost. */
  readonly lostMs: number
  /** Some of them. */
  readonly lostTokens: readonly string[]
  /** Accepted before the backup's snapshot and nevertheless gone: never to be. */
  readonly lostBeforeBackup: readonly string[]
  /** All that were found more than once. */
  readonly duplicates: readonly string[]
  /** All that were found, and not in every other store, although no rollback explains it. */
  readonly skewed: readonly string[]
  /** True where the rollback took this store back to the backup. */
  readonly takenBack: boolean
  /** What a rollback leaves behind: hooks that are here and that it gave up in a store which it took back. */
  readonly orphaned: {
    readonly count: number
    /** From the first of them that was sent to the last that was answered, in milliseconds; 0 where there are none. */
    readonly spanMs: number
    readonly tokens: readonly string[]
  }
}

export interface DrillEvent {
  readonly at: string
  readonly phase: string
  readonly event: string
  readonly store: string
}

/** A rollback that was sent into trouble on purpose, and what became of it. */
export interface TroubledRollback {
  readonly trouble: string
  /** It did not go through. */
  readonly stopped: boolean
  /** The step at which it stopped, with what it said. */
  readonly step: string
  readonly verdict: string
  readonly next: string
  /** What it changed, in words; empty where everything was as before. */
  readonly changed: readonly string[]
}

export interface DrillSteps {
  readonly outcome: 'done' | 'failed'
  readonly steps: readonly StepReport[]
  readonly ms: number
  /** Where it failed, and why. */
  readonly failure: string
}

/** A part of the time that a recovery took, in milliseconds. */
export interface RecoveryPhase {
  readonly name: string
  readonly ms: number
}

/** What a drill found out; plain data. */
export interface DrillReport {
  readonly badRelease: string
  readonly timeline: readonly DrillEvent[]
  readonly deploy: DrillSteps
  readonly badDeploy: DrillSteps
  readonly rollback: DrillSteps
  /** How the bad release was found out; null where nobody noticed. */
  readonly detection: { readonly how: string; readonly afterMs: number } | null
  /** From detection to the first hook that was accepted and stored as sent; null where none came. */
  readonly rtoMs: number | null
  /** What that time went into, in order; the sum of it. */
  readonly rtoPhases: readonly RecoveryPhase[]
  readonly losses: readonly StoreLoss[]
  readonly canary: { readonly sent: number; readonly accepted: number; readonly refused: number }
  readonly digests: {
    /** Of the good release, as it was to be deployed. */
    readonly released: Readonly<Record<string, string>>
    readonly before: Readonly<Record<string, string>>
    readonly bad: Readonly<Record<string, string>>
    readonly after: Readonly<Record<string, string>>
  }
  /** Table → rows that the manifest says and that were restored. */
  readonly tables: readonly { readonly name: string; readonly manifest: number; readonly restored: number | null }[]
  readonly schemaHash: { readonly manifest: string; readonly restored: string | null }
  /** SHA-256 of each configuration file with the good release, with the bad one, and after the rollback. */
  readonly configuration: readonly {
    readonly path: string
    readonly before: string
    readonly bad: string
    readonly after: string
  }[]
  /** Name under which the damaged database is kept; null where it is not. */
  readonly keptAs: string | null
  readonly troubled: readonly TroubledRollback[]
  readonly backup: { readonly ms: number; readonly bytes: number; readonly method: string }
  readonly ms: number
}
