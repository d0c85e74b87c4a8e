import { z } from 'zod'
import { entrySchema } from './files.ts'

/** The backup directory: what lies in it, newest first, and where it is kept. */
export const backupFacts = z.strictObject({
  directory: entrySchema,
  /** Files and directories directly in it, newest first; hidden ones left out. */
  entries: z.array(entrySchema),
  truncated: z.boolean(),
  /** manifest.json of the newest directory, or NAME.manifest.json beside the newest file, or manifest.json beside it; empty text: none. */
  newestManifest: z.strictObject({ path: z.string(), text: z.string() }),
  /** Mount point of the file system that holds it. */
  mount: z.string(),
  device: z.string(),
  /** Bytes. */
  free: z.int().nonnegative(),
})

/** A log file: how big, how old, and its end. */
export const logFacts = z.strictObject({
  path: z.string(),
  exists: z.boolean(),
  size: z.int().nonnegative(),
  modified: z.int().nonnegative(),
  /** The last lines. */
  tail: z.string(),
  truncated: z.boolean(),
})

/** Log directories, their biggest files, and what rotates them. */
export const logrotateFacts = z.strictObject({
  /** Bytes below the application's log directory; null where it does not exist. */
  size: z.int().nonnegative().nullable(),
  files: z.array(z.strictObject({ path: z.string(), size: z.int().nonnegative(), modified: z.int().nonnegative() })),
  /** Files of logrotate.d that name a path of the application or of monitoring, with their text. */
  rotation: z.array(z.strictObject({ path: z.string(), text: z.string() })),
  logrotateInstalled: z.boolean(),
})
