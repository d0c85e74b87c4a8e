import type { ConfigurationFile } from './configuration.ts'
import type { DatabaseConnection } from './database.ts'
import type { DrillPlan } from './drills.ts'
import type { Platform, Release } from './platform.ts'
import type { RollbackTrouble } from './rollback-trouble.ts'

/** A mark that the canary sends through the product's front door and looks for afterwards. */
export interface Token {
  /** A UUID, the hook's correlation id. */
  readonly id: string
  /** Counts up; it is the content, so that a changed content is noticed. */
  readonly number: number
}

/** A token as it was found; `number` is null where the content is not what a token holds. */
export interface TokenEntry {
  readonly id: string
  readonly number: number | null
}

/** A place in which the product keeps what it accepted: a table, a topic, keys. */
export interface LedgerStore {
  readonly name: string
  /** True where a rollback takes it back to the backup; false where it keeps what came since. */
  readonly takenBack: boolean
  /** Every token found there, once for each time it is there. */
  read(): Promise<readonly TokenEntry[]>
}

/** One that was opened for a drill alone; `close` deletes what is in it. */
export interface OwnLedgerStore extends LedgerStore {
  close(): Promise<void>
}

/** How fast things go on a stage; milliseconds. */
export interface DrillPace {
  /** Between two tokens of the canary. */
  readonly canaryMs: number
  /** What a good release may take to become healthy. */
  readonly readyMs: number
  /** What a bad one may take before its deploy is given up. */
  readonly badReadyMs: number
  /** How long the drill waits for somebody to notice. */
  readonly noticeMs: number
  /** How long it waits for tokens to be accepted. */
  readonly tokensMs: number
}

/** Checks that are quick and leave a mark at most, or those that put the product under load. */
export type LookKind = 'marks' | 'load'

/** What a drill needs of the product: a platform that runs two releases of it, a front door, and the places it stores in. */
export interface DrillStage {
  readonly platform: Platform
  readonly good: Release
  readonly bad: Release
  readonly pace: DrillPace
  /** Looks with checks of the runbook, and says of each that fails which it is and why, such as `POST-22: …`. */
  look(kind: LookKind): Promise<readonly FailedCheck[]>
  /** What befalls the rollback while it is under way. */
  readonly trouble?: RollbackTrouble
  /** What the product accepts while it is slower than this is a symptom, in milliseconds. */
  readonly slowMs: number
  /** Sends a token; true where the product said that it took it. @throws where it gave no answer. */
  post(token: Token, signal: AbortSignal): Promise<boolean>
  readonly stores: readonly LedgerStore[]
  readonly configuration: readonly ConfigurationFile[]
  /** Puts before every path of the configuration. */
  readonly configurationRoot: string
  close(): Promise<void>
}

export interface FailedCheck {
  readonly id: string
  readonly why: string
}

export interface StageContext {
  /** An empty database that belongs to the drill; the stage makes its schema and fills it. */
  readonly application: DatabaseConnection
  readonly admin: DatabaseConnection
  readonly plan: DrillPlan
  /** A directory that goes with the drill. */
  readonly directory: string
  readonly signal: AbortSignal
}

/** Where a drill is held: a database server, and who sets the stage on it. */
export interface DrillGround {
  /** A role that may create and drop databases. */
  readonly admin: DatabaseConnection
  /** The role that owns the drill's databases; their name is the drill's own. */
  readonly application: Omit<DatabaseConnection, 'database'>
  readonly setStage: SetStage
  /** Removes what the ground itself brought. */
  close(): Promise<void>
}

/** Sets the stage: an empty platform, schema and data of a first deploy. */
export type SetStage = (context: StageContext) => Promise<DrillStage>
