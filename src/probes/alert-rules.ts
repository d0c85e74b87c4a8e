import { parse } from 'yaml'
import { z } from 'zod'

const ruleSchema = z.object({
  alert: z.string().optional(),
  record: z.string().optional(),
  expr: z.coerce.string(),
  for: z.string().default('0s'),
  labels: z.record(z.string(), z.coerce.string()).default({}),
  annotations: z.record(z.string(), z.coerce.string()).default({}),
})
const fileSchema = z.object({ groups: z.array(z.object({ name: z.string(), rules: z.array(ruleSchema) })) })

/** A rule as it is written: of an alert, or of a recording where `alert` is absent. */
export type Rule = z.infer<typeof ruleSchema> & { readonly file: string; readonly group: string }

/** The rules of files as Prometheus loads them, and what in them is none. */
export interface Rules {
  readonly rules: readonly Rule[]
  readonly problems: readonly string[]
}

/** Reads rule files; a file that is no YAML, or of another shape, is a problem that names it. */
export function parseRules(files: readonly { readonly path: string; readonly text: string }[]): Rules {
  const rules: Rule[] = []
  const problems: string[] = []
  for (const { path, text } of files) {
    const parsed = parseFile(text)
    if (typeof parsed === 'string') problems.push(`${path}: ${parsed}`)
    else for (const group of parsed.groups) rules.push(...group.rules.map((rule) => ({ ...rule, file: path, group: group.name })))
  }
  return { rules, problems }
}

function parseFile(text: string): z.infer<typeof fileSchema> | string {
  try {
    const parsed = fileSchema.safeParse(parse(text))
    return parsed.success ? parsed.data : z.prettifyError(parsed.error).replaceAll('\n', ' ')
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
