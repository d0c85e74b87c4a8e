import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { UsageError } from '../outcome.ts'
import { reportSchema } from '../report/model.ts'
import { factsOfRecord } from '../standing/release-facts.ts'
import { type ReleaseSpec, releaseSchema } from '../targets/schema.ts'
import { parseYamlFile, schemaError } from '../yaml-file.ts'

/** The part of a report.json that tells what was released. */
const earlierReport = z.object({
  schema: reportSchema.shape.schema,
  target: z.object({ release: z.record(z.string(), z.string()) }),
})

const fileSchema = z.union([releaseSchema, earlierReport])

/** What should be released, from a release manifest or an earlier report.json. @throws UsageError naming file, key and line. */
export function loadRelease(file: string): ReleaseSpec {
  const given = file.endsWith('.json') ? readJson(file) : parseYamlFile(file, fileSchema, { what: 'release file' })
  if (!('target' in given)) return given
  const { services, schemaVersion, configuration } = factsOfRecord(given.target.release)
  if (Object.keys(services).length === 0)
    throw new UsageError(
      `${file}: this report does not know what was released; expected a report whose run has seen the services, or a release manifest with \`services\``,
    )
  return { services, configuration, reversible: [], restoreOnly: [], ...(schemaVersion === null ? {} : { schemaVersion }) }
}

/** A report may be larger than anything that a person writes, and no person wrote it: the line of a mistake tells nothing. */
function readJson(file: string): z.infer<typeof fileSchema> {
  const parsed = fileSchema.safeParse(parseJson(file))
  if (parsed.success) return parsed.data
  throw schemaError(parsed.error, { place: () => file })
}

function parseJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new UsageError(
      `${file}: cannot read the release file: ${error instanceof SyntaxError ? `it is no JSON (${why})` : why}; give a release manifest (YAML), or the report.json of an earlier run`,
    )
  }
}
