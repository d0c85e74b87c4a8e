import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { OUTCOMES } from '../outcome.ts'
import { safeJson } from './json.ts'
import type { Report } from './model.ts'
import { rehearsalRecordSchema } from './rehearsal-record.ts'
import { appendLine } from './write.ts'

/** One run in reports/history.jsonl: what trends and comparisons need, without evidence. */
export const historyEntrySchema = z.object({
  at: z.iso.datetime(),
  id: z.string(),
  target: z.string(),
  environment: z.string(),
  verdict: z.string(),
  exitCode: z.int().nullable(),
  selection: z.string(),
  ticket: z.string(),
  commit: z.string(),
  dirty: z.boolean(),
  durationMs: z.number(),
  counts: z.record(z.enum(OUTCOMES), z.int()),
  /** Ids of the lines that failed. */
  failed: z.array(z.string()),
  unobserved: z.array(z.string()),
  /** Measurement id → value. */
  measurements: z.record(z.string(), z.number()),
  release: z.record(z.string(), z.string()),
  /** Only where a backup was restored for trial. */
  rehearsal: rehearsalRecordSchema.optional(),
  /** Directory of the full report. */
  report: z.string(),
})
export type HistoryEntry = z.infer<typeof historyEntrySchema>

/** The history's entry of a run whose report lies in that directory. */
export function historyEntry(report: Report, directory: string): HistoryEntry {
  const { run, target, verdict, counts, checks, measurements } = report
  const ids = (outcome: string): string[] => checks.filter((entry) => entry.outcome === outcome).map(({ id }) => id)
  const { id, exitCode, selection, ticket, commit, dirty, durationMs } = run
  return {
    at: run.startedAt,
    target: target.name,
    environment: target.environment,
    verdict,
    ...{ id, exitCode, selection, ticket, commit, dirty, durationMs, counts },
    failed: ids('failed'),
    unobserved: ids('unobserved'),
    measurements: Object.fromEntries(measurements.map((one) => [one.id, one.value])),
    release: target.release,
    ...(report.rehearsal === undefined ? {} : { rehearsal: report.rehearsal }),
    report: directory,
  }
}

/** Adds a run to the history. @throws ReportError */
export async function appendHistory(file: string, entry: HistoryEntry): Promise<void> {
  await appendLine(file, safeJson(entry))
}

/** The runs of a history file, oldest first, and how many of its lines were torn or of another shape. A missing file is an empty history. */
export async function readHistory(file: string): Promise<{ readonly entries: HistoryEntry[]; readonly unreadable: number }> {
  const lines = (await readIfThere(file)).split('\n').filter((line) => line.trim() !== '')
  const entries = lines.flatMap((line) => parseEntry(line) ?? [])
  return { entries, unreadable: lines.length - entries.length }
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return ''
    throw error
  }
}

function parseEntry(line: string): HistoryEntry | undefined {
  try {
    return historyEntrySchema.safeParse(JSON.parse(line)).data
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
