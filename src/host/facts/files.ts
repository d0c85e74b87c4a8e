import { z } from 'zod'

/** Permission bits as octal digits, such as `0755` or `1777`. */
export const modeSchema = z.string().regex(/^[0-7]{3,4}$/)

/** What lies at one path. */
export const entrySchema = z.strictObject({
  path: z.string(),
  exists: z.boolean(),
  type: z.enum(['directory', 'file', 'link', 'other', 'none']),
  owner: z.string(),
  group: z.string(),
  /** Empty where nothing exists. */
  mode: z.union([modeSchema, z.literal('')]),
  /** Bytes. */
  size: z.int().nonnegative(),
  /** Seconds since 1970. */
  modified: z.int().nonnegative(),
})
export type Entry = z.infer<typeof entrySchema>

/** The directories that were asked for, in that order. */
export const directoryFacts = z.strictObject({ entries: z.array(entrySchema) })

export const worldWritableFacts = z.strictObject({
  /** Where was searched; only what exists. */
  searched: z.array(z.string()),
  paths: z.array(z.string()),
  /** Directories that could not be entered. */
  unreadable: z.array(z.string()),
  /** More were found than are listed. */
  truncated: z.boolean(),
  /** What would let this account enter them; null where it searches as root. */
  lacking: z.string().nullable(),
})

/** A text file, capped. Values of keys that look like secrets were replaced on the host. */
export const textFileFacts = z.strictObject({
  path: z.string(),
  exists: z.boolean(),
  mode: z.union([modeSchema, z.literal('')]),
  owner: z.string(),
  group: z.string(),
  size: z.int().nonnegative(),
  modified: z.int().nonnegative(),
  /** SHA-256 of the whole file; empty where there is none. */
  sha256: z.string(),
  text: z.string(),
  truncated: z.boolean(),
})
export type TextFile = z.infer<typeof textFileFacts>
