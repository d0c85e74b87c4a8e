import type { ConfigurationFile } from './configuration.ts'
import type { DatabaseConnection } from './database.ts'
import type { Platform, Release } from './platform.ts'

/** In which way a release is bad. Each is a defect that production has seen. */
export const BAD_RELEASES = ['corrupting migration', 'stores nothing', 'never healthy', 'slow'] as const
export type BadRelease = (typeof BAD_RELEASES)[number]

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

/** What a drill needs of the product: a platform that runs two releases of it, a front door, and the places it stores in. */
export interface DrillStage {
  readonly platform: Platform
  readonly good: Release
  readonly bad: Release
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

export interface StageContext {
  /** An empty database that belongs to the drill; the stage makes its schema and fills it. */
  readonly application: DatabaseConnection
  readonly badRelease: BadRelease
  /** A directory that goes with the drill. */
  readonly directory: string
  readonly signal: AbortSignal
}

/** Sets the stage: an empty platform, schema and data of a first deploy. */
export type SetStage = (context: StageContext) => Promise<DrillStage>
