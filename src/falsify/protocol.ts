import { z } from 'zod'
import { OUTCOMES } from '../outcome.ts'
import { phasesSchema } from '../report/falsification.ts'

/** What the command asks of one of its targets: to look, healthy or with a fault. */
export const orderSchema = z.strictObject({ fault: z.string().nullable(), lines: z.array(z.string()) })
export type Order = z.infer<typeof orderSchema>

export const seenLineSchema = z.strictObject({
  id: z.string(),
  outcome: z.enum(OUTCOMES),
  cause: z.string().nullable(),
  reason: z.string(),
  durationMs: z.number(),
  /** Names of the limits that its judge used. */
  limits: z.array(z.string()),
})
export type SeenLine = z.infer<typeof seenLineSchema>

/** What came of it. */
export const sightSchema = z.strictObject({
  fault: z.string().nullable(),
  at: z.iso.datetime(),
  ms: z.number(),
  /** Absent where no fault was put in. */
  phases: phasesSchema.optional(),
  /** Why the fault did not land, is still there, or could not be tried; empty where all went well. */
  problems: z.array(z.string()),
  /** False where the target is no longer what it was: nobody may look at it any more. */
  usable: z.boolean(),
  lines: z.array(seenLineSchema),
})
export type Sight = z.infer<typeof sightSchema>

/** What one of the targets tells the command. */
export const messageSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ready') }),
  z.strictObject({ kind: z.literal('seen'), sight: sightSchema }),
  z.strictObject({ kind: z.literal('broken'), text: z.string() }),
])
export type Message = z.infer<typeof messageSchema>
