import { z } from 'zod'

/** Where a service stands between the old release and the new one. */
export const SERVICE_STATES = ['new', 'old', 'same', 'mixed', 'unknown', 'stopped', 'missing', 'unobserved'] as const

const serviceSchema = z.strictObject({
  service: z.string(),
  /**
   * `same`: old and new are one image, and it runs; `mixed`: some of its containers run the old image and some the new one;
   * `unknown`: something else runs; `stopped`: its container does not run; `missing`: it has none; `unobserved`: not looked at.
   */
  state: z.enum(SERVICE_STATES),
  /** What really runs: digests, or the version that was told. */
  running: z.array(z.string()),
  wanted: z.string().nullable(),
  previous: z.string().nullable(),
  /** What the reader must know besides; empty: nothing. */
  note: z.string(),
})
export type ReleasedService = z.infer<typeof serviceSchema>

const configurationSchema = z.strictObject({
  what: z.string(),
  /** `same`, `changed` against the reference, or `unknown` where there is none. */
  state: z.enum(['same', 'changed', 'unknown']),
  against: z.enum(['new', 'old', 'nothing']),
  found: z.string().nullable(),
  expected: z.string().nullable(),
})

const stepSchema = z.strictObject({
  number: z.int(),
  name: z.string(),
  /** `nothing`: old and new are the same here; `unknown`: not looked at, or nothing to tell it by. */
  state: z.enum(['done', 'partly', 'open', 'nothing', 'unknown']),
  evidence: z.string(),
})
export type DeployStep = z.infer<typeof stepSchema>

/** What of a release has landed, against what should be there and what was there before. */
export const releaseComparisonSchema = z.strictObject({
  /** The file that says what should be there. */
  wanted: z.string(),
  /** What is known of the release before, in words; null: nothing is. */
  previous: z.string().nullable(),
  /** How far the deploy got. */
  sentence: z.string(),
  services: z.array(serviceSchema),
  schema: z.strictObject({
    state: z.enum(['new', 'old', 'same', 'unknown', 'unobserved']),
    found: z.string().nullable(),
    wanted: z.string().nullable(),
    previous: z.string().nullable(),
  }),
  configuration: z.array(configurationSchema),
  steps: z.array(stepSchema),
  /** What could not be looked at, and why. */
  unknown: z.array(z.string()),
})
export type ReleaseComparison = z.infer<typeof releaseComparisonSchema>
