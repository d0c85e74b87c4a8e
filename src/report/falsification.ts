import { z } from 'zod'
import { OUTCOMES } from '../outcome.ts'

/** Which fault last turned a line red or blind, on which kind of target, and when. */
export const lastSeenSchema = z.strictObject({ fault: z.string(), target: z.string(), at: z.iso.datetime() })
export type LastSeen = z.infer<typeof lastSeenSchema>

/** Why a falsification does not hold, in the words of its errors. */
export const PROBLEM_KINDS = [
  'healthy but not green',
  'red though unexpected',
  'unobserved though unexpected',
  'green though broken',
  'another outcome than expected',
  'never seen red',
  'never seen unobserved',
  'limit never tried from within',
  'fault does not work',
  'catalogue',
] as const

export const problemSchema = z.strictObject({
  kind: z.enum(PROBLEM_KINDS),
  fault: z.string().nullable(),
  line: z.string().nullable(),
  text: z.string(),
})
export type Problem = z.infer<typeof problemSchema>

const cellSchema = z.strictObject({
  line: z.string(),
  expected: z.enum(['passed', 'failed', 'unobserved']),
  /** What was seen; null where the line did not look at this fault. */
  seen: z.enum(OUTCOMES).nullable(),
  /** The root cause of what could not look. */
  cause: z.string().nullable(),
  reason: z.string(),
  /** True where the observer's own delay has spoilt the figure. */
  spoilt: z.boolean(),
})
export type Cell = z.infer<typeof cellSchema>

/** How long it took to put a fault in and to prove that it landed, to look, and to take it away until nothing of it was left; in milliseconds. */
export const phasesSchema = z.strictObject({ putMs: z.number(), lookMs: z.number(), healMs: z.number() })
export type Phases = z.infer<typeof phasesSchema>

/** What the faults of one kind of target did there. */
const runSchema = z.strictObject({
  startedAt: z.iso.datetime(),
  durationMs: z.number(),
  commit: z.string(),
  target: z.string(),
  targets: z.int(),
  /** Empty for the whole catalogue and every line; otherwise what was selected. */
  selection: z.string(),
  holds: z.boolean(),
  faults: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      ms: z.number(),
      /** Absent where the fault could not be tried. */
      phases: phasesSchema.optional(),
      looked: z.int(),
      /** What was not green, or should not have been. */
      cells: z.array(cellSchema),
    }),
  ),
  /** How many lines that kind of target evaluates. */
  lines: z.int(),
  problems: z.array(problemSchema),
})
export type FalsificationRun = z.infer<typeof runSchema>

/** reports/falsification.json: which fault turned which line red; the last run of each kind of target. */
export const falsificationSchema = z.strictObject({
  schema: z.literal('omninode-runbook/falsification@2'),
  /** Newest first. */
  runs: z.array(runSchema),
  lines: z.array(
    z.strictObject({
      id: z.string(),
      suite: z.string(),
      /** Over these and earlier runs. */
      lastSeenRed: lastSeenSchema.nullable(),
      lastSeenUnobserved: lastSeenSchema.nullable(),
    }),
  ),
  excused: z.array(
    z.strictObject({ line: z.string(), from: z.enum(['red', 'unobserved', 'healthy', 'within']), reason: z.string() }),
  ),
})
export type Falsification = z.infer<typeof falsificationSchema>
