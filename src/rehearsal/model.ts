import type { FailedBackup } from './flaw.ts'

/** What a restored table is compared with. */
export interface ComparedTable {
  readonly name: string
  /** Rows that it should have; null where nothing tells. */
  readonly expected: number | null
  /** Rows that it has; null where it is not there. */
  readonly restored: number | null
}

/** A backup that came back. */
export interface RestoredBackup {
  readonly name: string
  /** When it was taken: by its manifest, its name, or the newest row in it; null where nothing tells. */
  readonly takenAt: string | null
  /** server_version_num of the server it was taken from; null where no manifest says so. */
  readonly serverVersion: number | null
  /** What its rows were compared with: its own manifest, or the live rows made until then. */
  readonly comparedWith: 'manifest' | 'live rows' | 'nothing'
  readonly until: string | null
  readonly schemaHash: { readonly restored: string; readonly manifest: string | null; readonly live: string | null }
  readonly tables: readonly ComparedTable[]
  readonly queries: readonly {
    readonly name: string
    readonly rows: number | null
    readonly problem: string
    readonly ms: number
  }[]
  /** Bytes as they are stored. */
  readonly bytes: number
  /** Reading, restoring, comparing and asking, in milliseconds; of it, reading and restoring. */
  readonly ms: number
  readonly loadMs: number
}

/** What came of restoring the newest backup that can be restored. */
export interface RehearsalReport {
  /** Newer backups that could not be restored, why, and what to do; newest first. */
  readonly failed: readonly FailedBackup[]
  readonly restored: RestoredBackup | null
  /** How many backups there are. */
  readonly backups: number
  /** Where they lie: host and folder. */
  readonly source: string
  /** Machine and server on which it was restored; empty where none was needed. */
  readonly server: string
  /** What became of the disposable server, with the proof. */
  readonly destroyed: readonly string[]
  /** What of it is still there: nothing, unless something went wrong. */
  readonly left: readonly string[]
  /** Why the live database could not be compared with; empty where it could. */
  readonly liveProblem: string
  /** When it ended. */
  readonly at: string
}
