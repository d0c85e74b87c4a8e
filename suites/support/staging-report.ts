import { z } from 'zod'
import { Unobserved } from '../../src/outcome.ts'
import type { Probe } from '../../src/probe.ts'
import { operatorFile } from '../../src/probes/operator-file.ts'
import type { Target } from '../../src/targets/target.ts'

/** What matters here of another run's report.json. */
const reportSchema = z.looseObject({
  schema: z.literal('omninode-runbook/report@1'),
  run: z.looseObject({ finishedAt: z.iso.datetime().nullable(), selection: z.string(), exitCode: z.int().nullable() }),
  target: z.looseObject({ name: z.string(), environment: z.string(), release: z.record(z.string(), z.string()) }),
  verdict: z.string(),
})
export type StagingReport = z.infer<typeof reportSchema>

/** The text of the report of the last run against staging. @throws NotApplicable or Unobserved where the target names none. */
export function stagingReport(target: Target): Probe<string> {
  target.requirePart('staging')
  const { staging } = target.spec
  if (staging !== undefined) return operatorFile(staging.report, { system: 'staging' })
  const text = `target ${target.name} does not say where staging’s report is; add \`staging: { report }\` to its file, or declare \`parts: { staging: none }\``
  throw new Unobserved({ id: 'undescribed:staging', text })
}

/** The report, or what is wrong with the text. */
export function parseStagingReport(text: string): StagingReport | string {
  try {
    const result = reportSchema.safeParse(JSON.parse(text))
    return result.success ? result.data : z.prettifyError(result.error)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
