import path from 'node:path'
import { z } from 'zod'
import { OUTCOMES } from '../outcome.ts'
import { countsOf } from './assemble.ts'
import { safeJson } from './json.ts'
import { checkEntrySchema, type Report, reportSchema } from './model.ts'
import { writeAtomically } from './write.ts'

export { endOfMatrixRun } from './terminal-matrix.ts'

const targetSchema = z.strictObject({
  name: z.string(),
  kind: reportSchema.shape.target.shape.kind,
  environment: z.string(),
  verdict: reportSchema.shape.verdict,
  exitCode: z.int().nullable(),
  selection: z.string(),
  durationMs: z.number(),
  counts: reportSchema.shape.counts,
  /** Directory of the target's own report, relative to the matrix. */
  report: z.string(),
})

const lineSchema = z.strictObject({
  id: z.string(),
  title: z.string(),
  suite: z.string(),
  severity: checkEntrySchema.shape.severity,
  /** One a target, in the order of `targets`; null: not selected or not reached there. */
  outcomes: z.array(z.enum(OUTCOMES).nullable()),
})

/** The one page of a run over several targets: outcome per line and target. matrix.json holds it. */
export const matrixSchema = z.strictObject({
  schema: z.literal('omninode-runbook/matrix@1'),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  ticket: z.string(),
  operator: z.string(),
  origin: z.string(),
  commit: z.string(),
  dirty: z.boolean(),
  verdict: reportSchema.shape.verdict,
  exitCode: z.int(),
  targets: z.array(targetSchema).min(1),
  lines: z.array(lineSchema),
})
export type Matrix = z.infer<typeof matrixSchema>
export type MatrixLine = z.infer<typeof lineSchema>

/** Which of several exit codes is the run's: an interruption, then mistakes, then failures, then blind spots. */
const GRAVEST_FIRST: readonly number[] = [130, 2, 5, 1, 3, 4]

/** The gravest of the targets' exit codes; 0 only where all are. */
export function worstExitCode(codes: readonly number[]): number {
  return GRAVEST_FIRST.find((code) => codes.includes(code)) ?? codes.find((code) => code !== 0) ?? 0
}

/** Lays the reports of several targets side by side; `out` is where the matrix will lie. */
export function matrixOf(ends: readonly { readonly report: Report; readonly directory: string }[], out: string): Matrix {
  const reports = ends.map(({ report }) => report)
  const [first] = reports
  if (first === undefined) throw new Error('a matrix of no report')
  const exitCode = worstExitCode(reports.map(exitCodeOf))
  const { ticket, operator, origin, commit, dirty, startedAt } = first.run
  return {
    schema: 'omninode-runbook/matrix@1',
    startedAt,
    finishedAt:
      reports
        .map(({ run }) => run.finishedAt ?? run.startedAt)
        .toSorted()
        .at(-1) ?? startedAt,
    ...{ ticket, operator, origin, commit, dirty },
    verdict: reports.find((report) => exitCodeOf(report) === exitCode)?.verdict ?? first.verdict,
    exitCode,
    targets: ends.map(({ report, directory }) => describeTarget(report, path.relative(out, directory))),
    lines: linesOf(reports),
  }
}

function exitCodeOf({ run }: Report): number {
  return run.exitCode ?? 3
}

function describeTarget({ target, run, verdict, checks }: Report, report: string): Matrix['targets'][number] {
  const { name, kind, environment } = target
  const { exitCode, selection, durationMs } = run
  return { name, kind, environment, verdict, exitCode, selection, durationMs, counts: countsOf(checks), report }
}

/** Every line that had an outcome somewhere, in the runbook's order. */
function linesOf(reports: readonly Report[]): MatrixLine[] {
  const byId = reports.map(({ checks }) => new Map(checks.map((entry) => [entry.id, entry])))
  const lines = (reports[0]?.checks ?? []).map(({ id, title, suite, severity }) => ({
    ...{ id, title, suite, severity },
    outcomes: byId.map((entries) => entries.get(id)?.outcome ?? null),
  }))
  return lines.filter(({ outcomes }) => outcomes.some((outcome) => outcome !== null))
}

/** Writes matrix.json and its page. @throws ReportError */
export async function writeMatrix(matrix: Matrix, out: string): Promise<void> {
  const { renderMatrixHtml } = await import('./html/matrix.ts')
  await writeAtomically(path.join(out, 'matrix.json'), `${safeJson(matrix, 2)}\n`, { durable: true })
  await writeAtomically(path.join(out, 'matrix.html'), renderMatrixHtml(matrix), { durable: true })
}
