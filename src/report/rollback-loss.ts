import { z } from 'zod'

const count = z.int().min(0)

const tableLoss = z.strictObject({
  table: z.string(),
  /** Rows in the backup; null: it has no such table. */
  was: count.nullable(),
  /** Rows now; null: not counted, or no such table any more. */
  now: count.nullable(),
  /** Rows that a rollback takes away: those made since, where a column tells when a row was made; null: not known. */
  lost: count.nullable(),
  /** Rows that a rollback brings back, since they were deleted after the backup; null: not known. */
  back: count.nullable(),
  /** Time of the newest row; null: not known, or no row. */
  newest: z.iso.datetime().nullable(),
  /** What the reader must know of these numbers; empty: nothing. */
  note: z.string(),
})
export type TableLoss = z.infer<typeof tableLoss>

const topicLoss = z.strictObject({ topic: z.string(), events: count, note: z.string() })

/** What would be gone if somebody rolled back now: information, no verdict. */
export const rollbackLossSchema = z.strictObject({
  /** When it was counted. */
  at: z.iso.datetime(),
  /** The backup that a rollback would go back to; null: none that can be read. */
  backup: z.strictObject({ path: z.string(), takenAt: z.iso.datetime() }).nullable(),
  tables: z.array(tableLoss),
  /** Events that came since; empty where the backup does not tell where the topics stood. */
  topics: z.array(topicLoss),
  /** Keys in Redis, then and now; null: not known. */
  keys: z.strictObject({ was: count, now: count }).nullable(),
  schema: z.strictObject({
    /** `same`, `changed`, or `unknown`. */
    state: z.enum(['same', 'changed', 'unknown']),
    was: z.string().nullable(),
    now: z.string().nullable(),
    /** How the way back goes, as a sentence. */
    wayBack: z.string(),
    /** Tables and columns that would vanish, with the rows that they hold. */
    vanishing: z.array(z.string()),
  }),
  /** What could not be looked at, and why. */
  unknown: z.array(z.string()),
})
export type RollbackLoss = z.infer<typeof rollbackLossSchema>
