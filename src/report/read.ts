import { readFile } from 'node:fs/promises'
import { UsageError } from '../outcome.ts'
import { type Report, reportSchema } from './model.ts'

const WANTED = 'give the report.json of an earlier run'

/** Reads a report.json. @throws UsageError naming the file, and the key that is not as the model wants it. */
export async function readReport(file: string): Promise<Report> {
  const parsed = reportSchema.safeParse(parseJson(await readText(file), file))
  if (parsed.success) return parsed.data
  const shown = parsed.error.issues.slice(0, 5).map(({ path, message }) => `  ${path.join('.') || 'the whole file'}: ${message}`)
  throw new UsageError(`${file} is no report of this suite (${reportSchema.shape.schema.value}):\n${shown.join('\n')}`)
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}; ${WANTED}`)
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UsageError(`${file} is no JSON: ${error instanceof Error ? error.message : String(error)}; ${WANTED}`)
  }
}
