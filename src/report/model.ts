import { z } from 'zod'
import { EFFECTS } from '../effect.ts'
import { OUTCOMES } from '../outcome.ts'
import { lastSeenSchema } from './falsification.ts'
import { rehearsalRecordSchema } from './rehearsal-record.ts'
import { releaseComparisonSchema } from './release-comparison.ts'
import { rollbackLossSchema } from './rollback-loss.ts'
import { signOffsSchema } from './sign-offs.ts'

/** The one plain-data model of a run: report.json, and the only thing that the renderers know. */

export const evidenceSchema = z.strictObject({
  probe: z.string(),
  /** The access, in words: `GET /health on hook-receiver (127.0.0.1:8001)`. */
  access: z.string(),
  reproduce: z.string(),
  raw: z.string(),
  origin: z.enum(['real', 'simulated']),
  startedAt: z.iso.datetime(),
  ms: z.number(),
  attempt: z.int().positive(),
})
export type Evidence = z.infer<typeof evidenceSchema>

export const limitUsedSchema = z.strictObject({
  name: z.string(),
  unit: z.string(),
  value: z.number(),
  default: z.number(),
  /** `runbook`, or the target file with owner, reason and expiry of what it overrides. */
  source: z.string(),
})
export type LimitUsed = z.infer<typeof limitUsedSchema>

export const failureSchema = z.strictObject({ message: z.string(), expected: z.string(), actual: z.string() })
export type Failure = z.infer<typeof failureSchema>

export const causeSchema = z.strictObject({ id: z.string(), text: z.string() })

export const waiverUsedSchema = z.strictObject({
  justification: z.string(),
  approvedBy: z.string(),
  expires: z.string(),
  risk: z.string(),
})

export const attestationUsedSchema = z.strictObject({
  by: z.string(),
  at: z.string(),
  until: z.string(),
  note: z.string(),
  /** Where the proof lies. */
  evidence: z.string().optional(),
})

export const escalationUsedSchema = z.strictObject({
  level: z.int(),
  name: z.string(),
  contact: z.string(),
  responseTime: z.string(),
  channels: z.array(z.string()),
})

const settledChange = z.strictObject({ at: z.iso.datetime(), outcome: z.enum(OUTCOMES), reason: z.string() })

/** How a line fared over several looks; the entry itself tells of its worst moment. */
export const settledSchema = z.strictObject({
  looks: z.int().positive(),
  /** How it ended at first, and each time that it ended otherwise than before. */
  changes: z.array(settledChange).min(1),
  /** Changes beyond those that are kept. */
  more: z.int(),
})
export type Settled = z.infer<typeof settledSchema>

export const checkEntrySchema = z.strictObject({
  id: z.string(),
  title: z.string(),
  suite: z.string(),
  section: z.string(),
  severity: z.enum(['critical', 'major', 'minor']),
  when: z.array(z.string()),
  effects: z.array(z.enum(EFFECTS)),
  /** null: not reached, because the run was cut short or the line was not selected. */
  outcome: z.enum(OUTCOMES).nullable(),
  reason: z.string(),
  cause: causeSchema.nullable(),
  durationMs: z.number(),
  failure: failureSchema.nullable(),
  limits: z.array(limitUsedSchema),
  evidence: z.array(evidenceSchema),
  waiver: waiverUsedSchema.nullable(),
  attestation: attestationUsedSchema.nullable(),
  /** Only where the run looked at the line more than once. */
  settled: settledSchema.optional(),
  /** Which fault last turned the line red in a falsification, and when: proof that it can fail. Absent where nobody falsified. */
  lastSeenRed: lastSeenSchema.nullable().optional(),
  remedy: z.string(),
  escalation: escalationUsedSchema.nullable(),
})
export type CheckEntry = z.infer<typeof checkEntrySchema>

export const measurementSchema = z.strictObject({
  id: z.string(),
  check: z.string(),
  name: z.string(),
  unit: z.string(),
  value: z.number(),
  limit: z.number().nullable(),
  sampleCount: z.int(),
  /** [milliseconds since the measurement began, value] */
  series: z.array(z.tuple([z.number(), z.number()])),
})
export type Measurement = z.infer<typeof measurementSchema>

export const timelineEventSchema = z.strictObject({
  at: z.iso.datetime(),
  phase: z.string(),
  event: z.string(),
  store: z.string(),
})
export type TimelineEvent = z.infer<typeof timelineEventSchema>

export const diagnosticSchema = z.strictObject({ area: z.string(), title: z.string(), reproduce: z.string(), file: z.string() })

/** What a line is found to be when waivers are left aside. */
const comparedLine = z.strictObject({
  id: z.string(),
  /** How it ended in the baseline; null: it was not looked at there. */
  was: z.enum(OUTCOMES).nullable(),
  now: z.enum(OUTCOMES),
})
export type ComparedLine = z.infer<typeof comparedLine>

const comparedMeasurement = z.strictObject({
  id: z.string(),
  check: z.string(),
  name: z.string(),
  unit: z.string(),
  was: z.number(),
  now: z.number(),
  limit: z.number().nullable(),
})
export type ComparedMeasurement = z.infer<typeof comparedMeasurement>

export const comparisonSchema = z.strictObject({
  /** The run that this one is compared with. */
  baseline: z.strictObject({
    id: z.string(),
    startedAt: z.iso.datetime(),
    target: z.string(),
    ticket: z.string(),
    verdict: z.string(),
    selection: z.string(),
    /** Where its report lies. */
    report: z.string(),
  }),
  /** Failed now, and not in the baseline; only `was: passed` says that it broke in between. */
  newFailures: z.array(comparedLine),
  fixed: z.array(comparedLine),
  stillFailing: z.array(comparedLine),
  /** Could be looked at in the baseline, and not now. */
  newlyUnobserved: z.array(comparedLine),
  /** Figures that differ by more than a fifth, and by more than chance explains. */
  moved: z.array(comparedMeasurement),
  /** Lines that the baseline had judged and this run did not look at: selected out, skipped, or not reached. */
  notCompared: z.int(),
})
export type Comparison = z.infer<typeof comparisonSchema>

export const reportSchema = z.strictObject({
  schema: z.literal('omninode-runbook/report@1'),
  run: z.strictObject({
    id: z.string(),
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
    durationMs: z.number(),
    commit: z.string(),
    dirty: z.boolean(),
    versions: z.record(z.string(), z.string()),
    ticket: z.string(),
    operator: z.string(),
    /** Where it ran from: host name, CI job. */
    origin: z.string(),
    inputs: z.array(z.strictObject({ file: z.string(), sha256: z.string(), commit: z.string(), author: z.string() })),
    /** Empty for the whole runbook; otherwise what was selected, in words such as `PARTIAL: 12 of 180 lines (--suite=preflight)`. */
    selection: z.string(),
    exitCode: z.int().nullable(),
  }),
  target: z.strictObject({
    name: z.string(),
    kind: z.enum(['embedded', 'ephemeral', 'live']),
    environment: z.string(),
    allows: z.array(z.enum(EFFECTS)),
    hosts: z.array(z.strictObject({ role: z.string(), account: z.string(), hostKey: z.string() })),
    /** Every address that was connected to, with the effects used there and how often. */
    connections: z.array(z.strictObject({ system: z.string(), address: z.string(), effect: z.enum(EFFECTS), count: z.int() })),
    parts: z.array(
      z.strictObject({ name: z.string(), image: z.string(), digest: z.string(), origin: z.enum(['upstream', 'stand-in']) }),
    ),
    /** What is released there: service → version or digest, schema version and hash, configuration hashes. */
    release: z.record(z.string(), z.string()),
    /** Sentences for the report's head: reference services or the company's, generated data or not, last restore of a real backup. */
    notes: z.array(z.string()),
  }),
  verdict: z.enum(['passed', 'failed', 'inconclusive', 'pending', 'interrupted']),
  counts: z.record(z.enum(OUTCOMES), z.int()),
  coverage: z.strictObject({ lines: z.int(), evaluated: z.int(), attested: z.int(), unlooked: z.int() }),
  checks: z.array(checkEntrySchema),
  measurements: z.array(measurementSchema),
  timeline: z.array(timelineEventSchema),
  diagnostics: z.array(diagnosticSchema),
  /** Only where the reading lines were looked at again and again. */
  settle: z
    .strictObject({
      forMs: z.number(),
      everyMs: z.number(),
      /** Looks after the first one. */
      looks: z.int(),
      /** When the last of them began; null where there was none. */
      lastAt: z.iso.datetime().nullable(),
    })
    .optional(),
  /** Only where the run was given files in which people signed. */
  signOffs: z.array(signOffsSchema).optional(),
  /** Only where the run was told what should be released. */
  releaseComparison: releaseComparisonSchema.optional(),
  /** Only where backups and what they hold were looked at. */
  rollbackLoss: rollbackLossSchema.optional(),
  /** Only where a backup was restored for trial. */
  rehearsal: rehearsalRecordSchema.optional(),
  /** Only where the run was given a baseline, and there was one. */
  comparison: comparisonSchema.optional(),
})
export type Report = z.infer<typeof reportSchema>
