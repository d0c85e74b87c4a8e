import { z } from 'zod'

/** What should be released: a release manifest, or what an earlier report found. Given by --release or in the target file. */
export const releaseSchema = z.strictObject({
  services: z.record(z.string(), z.string()).default({}).describe('Service → image digest or version.'),
  schemaVersion: z.string().optional().describe('Version of the database schema.'),
  /** Versions of migrations that can be taken back; the others are restore-only. */
  reversible: z.array(z.string()).default([]),
  restoreOnly: z.array(z.string()).default([]),
  configuration: z
    .record(z.string().regex(/^(?:file \/|compose of )/, 'expected `file /PATH` or `compose of SERVICE`'), z.string())
    .optional()
    .describe(
      '`file /PATH` → SHA-256 of what the release brings there; `compose of SERVICE` → the hash that compose gives its configuration.',
    ),
})
export type ReleaseSpec = z.infer<typeof releaseSchema>
