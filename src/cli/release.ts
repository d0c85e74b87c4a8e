import { z } from 'zod'
import { reportSchema } from '../report/model.ts'
import { type ReleaseSpec, releaseSchema } from '../targets/schema.ts'
import { parseYamlFile } from '../yaml-file.ts'

/** The part of a report.json that tells what was released. */
const earlierReport = z.object({
  schema: reportSchema.shape.schema,
  target: z.object({ release: z.record(z.string(), z.string()) }),
})

const fileSchema = z.union([releaseSchema, earlierReport])

/** What should be released, from a release manifest or an earlier report.json (JSON is YAML). @throws UsageError naming file, key and line. */
export function loadRelease(file: string): ReleaseSpec {
  const given = parseYamlFile(file, fileSchema, { what: 'release file' })
  if (!('target' in given)) return given
  const { schema: schemaVersion, ...services } = given.target.release
  return { services, reversible: [], restoreOnly: [], ...(schemaVersion === undefined ? {} : { schemaVersion }) }
}
