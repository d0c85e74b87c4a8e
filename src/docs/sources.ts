import { existsSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { UsageError } from '../outcome.ts'
import { type Line, SUITES } from '../runbook.ts'
import { readYamlFile, type YamlFile } from '../yaml-file.ts'

const lineIds = z.array(z.string().regex(/^[A-Z]+-\d{2,3}$/, 'expected a line id such as PRE-04'))

const coverageSchema = z.array(
  z.strictObject({
    section: z.string().min(1),
    items: z.array(z.strictObject({ item: z.string().min(1), lines: lineIds.min(1, 'expected at least one line') })).min(1),
  }),
)
/** A section of the source with what it asks for, and the lines that look at each. */
export type Section = z.infer<typeof coverageSchema>[number]

const defectsSchema = z.array(
  z.strictObject({
    title: z.string().min(1),
    source: z.string().min(1),
    wrong: z.string().min(1),
    production: z.string().min(1),
    corrected: z.string().min(1),
    lines: lineIds,
  }),
)
/** A mistake of the source, what it would have done, and how the runbook corrects it. */
export type Defect = z.infer<typeof defectsSchema>[number]

/** What each suite says of its coverage, in the runbook's order. @throws UsageError naming file and line of a mistake or of an unknown line id. */
export function readCoverage(folder: string, lines: readonly Line[]): Section[] {
  return readSuites(folder, coverageSchema, 'coverage file').flatMap((file) => {
    const ids = file.value.flatMap(({ items }, at) =>
      items.flatMap((item, index) => item.lines.map((id, place) => ({ id, path: [at, 'items', index, 'lines', place] }))),
    )
    rejectUnknown(file, ids, lines)
    return file.value
  })
}

/** The mistakes of the source that each suite tells, in the runbook's order. @throws UsageError as readCoverage does. */
export function readDefects(folder: string, lines: readonly Line[]): Defect[] {
  return readSuites(folder, defectsSchema, 'defects file').flatMap((file) => {
    rejectUnknown(
      file,
      file.value.flatMap((defect, at) => defect.lines.map((id, place) => ({ id, path: [at, 'lines', place] }))),
      lines,
    )
    return file.value
  })
}

function readSuites<S extends z.ZodType>(folder: string, schema: S, what: string): YamlFile<z.output<S>>[] {
  return SUITES.map((suite) => path.join(folder, `${suite}.yaml`))
    .filter((file) => existsSync(file))
    .map((file) => readYamlFile(file, schema, { what }))
}

interface Mention {
  readonly id: string
  readonly path: readonly PropertyKey[]
}

function rejectUnknown(file: YamlFile<unknown>, mentions: readonly Mention[], lines: readonly Line[]): void {
  const known = new Set(lines.map(({ id }) => id))
  const unknown = mentions.filter(({ id }) => !known.has(id))
  if (unknown.length === 0) return
  throw new UsageError(unknown.map(({ id, path: at }) => `${file.place(at)}: the runbook has no line ${id}`).join('\n'))
}
