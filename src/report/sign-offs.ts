import { z } from 'zod'

/** A file in which people signed, who wrote it, and what of it needs somebody's eye. */
export const signOffsSchema = z.strictObject({
  kind: z.enum(['waivers', 'attestations']),
  file: z.string(),
  /** The commit that the file is of; empty where what was read is not committed. */
  commit: z.string(),
  /** Who made that commit; empty where nobody can tell. */
  author: z.string(),
  /** How many entries of it had a say in this run. */
  applied: z.int(),
  /** Entries that no longer hold, in words. */
  expired: z.array(z.string()),
  /** Waivers of lines that pass, in words. */
  unneeded: z.array(z.string()),
  /** Entries that had a say and are signed by the person who ran this, in words. */
  bySelf: z.array(z.string()),
})
export type SignOffs = z.infer<typeof signOffsSchema>
