import { z } from 'zod'

/** That a backup was restored, kept in the report of the run that did it and in the history: every later report tells of the last. */
export const rehearsalRecordSchema = z.strictObject({
  /** When it was compared and found good, or when the last one that was tried was given up. */
  at: z.iso.datetime(),
  /** True where the data was a live system's; false where the target had generated it. */
  real: z.boolean(),
  /** Name of the backup that was restored; null where none of those tried could be. */
  backup: z.string().nullable(),
  /** When that backup was taken; null where neither manifest, archive nor name tells. */
  takenAt: z.iso.datetime().nullable(),
  /** Where it lay: host and folder. */
  source: z.string(),
  /** Machine on which it was restored, and by which server. */
  host: z.string(),
  /** Reading, restoring, comparing and asking, in milliseconds. */
  ms: z.number(),
  /** Bytes as they were stored. */
  bytes: z.number(),
  /** Newer backups that did not restore. */
  broken: z.array(z.string()),
})
export type RehearsalRecord = z.infer<typeof rehearsalRecordSchema>

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** Of several records the last one in which a live system’s backup really came back. */
export function lastRealRestore(records: readonly RehearsalRecord[]): RehearsalRecord | undefined {
  return records
    .filter(({ real, backup }) => real && backup !== null)
    .toSorted((one, other) => one.at.localeCompare(other.at))
    .at(-1)
}

/** The sentence of a report’s head: when a real backup was last restored, on which host, in how long. */
export function restoreSentence(last: RehearsalRecord | undefined, now: Date): string {
  if (last === undefined) return 'A real backup was never restored, as far as this history tells.'
  const { at, backup, source, host, ms, broken } = last
  const newer = broken.length === 0 ? '' : `; ${broken.length} newer did not restore (${broken.join(', ')})`
  return `A real backup was last restored on ${at.slice(0, 16).replace('T', ' ')} UTC (${ago(now.getTime() - Date.parse(at))}): ${backup} of ${source}, on ${host}, in ${duration(ms)}${newer}.`
}

function ago(ms: number): string {
  if (ms < HOUR_MS) return 'within the last hour'
  if (ms < 2 * DAY_MS) return `${Math.round(ms / HOUR_MS)} hours ago`
  return `${Math.floor(ms / DAY_MS)} days ago`
}

function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  return ms < 120_000 ? `${(ms / 1_000).toFixed(1)} s` : `${(ms / 60_000).toFixed(1)} min`
}
