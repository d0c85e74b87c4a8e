/** In which way a release is bad. Each is a defect that production has seen. */
export const BAD_RELEASES = ['corrupting migration', 'stores nothing', 'never healthy', 'slow', 'leaks memory'] as const
export type BadRelease = (typeof BAD_RELEASES)[number]

/** What happens to the rollback itself while it is under way. */
export const ROLLBACK_TROUBLES = ['disk full during restore', 'database killed during restore'] as const
export type RollbackTroubleName = (typeof ROLLBACK_TROUBLES)[number]

/** Names of the drills that can be asked for, in the order in which they are held. */
export const DRILL_NAMES = [
  'corrupting-migration',
  'stores-nothing',
  'never-healthy',
  'slow',
  'leaks-memory',
  'disk-full',
  'database-killed',
] as const
export type DrillName = (typeof DRILL_NAMES)[number]

/** One drill: which bad release, and what happens to the rollback from it. */
export interface DrillPlan {
  readonly badRelease: BadRelease
  readonly trouble?: RollbackTroubleName
  /** It cannot be held in one process: it takes a memory limit, or a disk of its own. */
  readonly needsContainers?: true
}

export const DRILLS: Readonly<Record<DrillName, DrillPlan>> = {
  'corrupting-migration': { badRelease: 'corrupting migration' },
  'stores-nothing': { badRelease: 'stores nothing' },
  'never-healthy': { badRelease: 'never healthy' },
  slow: { badRelease: 'slow' },
  'leaks-memory': { badRelease: 'leaks memory', needsContainers: true },
  'disk-full': { badRelease: 'corrupting migration', trouble: 'disk full during restore', needsContainers: true },
  'database-killed': { badRelease: 'corrupting migration', trouble: 'database killed during restore' },
}
