import { readdirSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { UsageError } from '../outcome.ts'
import { type Line, SUITES } from '../runbook.ts'
import { readYamlFile, type YamlFile } from '../yaml-file.ts'

const lineIds = z.array(z.string().regex(/^[A-Z]+-\d{2,3}$/, 'expected a line id such as PRE-04'))

const coverageItem = z
  .strictObject({
    item: z.string().min(1),
    lines: lineIds.default([]),
    /** Titles of what is collected because something of that area failed. */
    diagnostics: z.array(z.string().min(1)).default([]),
  })
  .refine(({ lines, diagnostics }) => lines.length + diagnostics.length > 0, 'expected at least one line, or a diagnostic')

const coverageSchema = z.array(z.strictObject({ section: z.string().min(1), items: z.array(coverageItem).min(1) }))
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

/** What the files of a folder say of the coverage, the suites' in the runbook's order. @throws UsageError naming file and line of a mistake or of an unknown line id. */
export function readCoverage(folder: string, lines: readonly Line[]): Section[] {
  return readAll(folder, coverageSchema, 'coverage file').flatMap((file) => {
    const ids = file.value.flatMap(({ items }, at) =>
      items.flatMap((item, index) => item.lines.map((id, place) => ({ id, path: [at, 'items', index, 'lines', place] }))),
    )
    rejectUnknown(file, ids, lines)
    return file.value
  })
}

/** The mistakes of the source that the files of a folder tell, in the same order. @throws UsageError as readCoverage does. */
export function readDefects(folder: string, lines: readonly Line[]): Defect[] {
  return readAll(folder, defectsSchema, 'defects file').flatMap((file) => {
    rejectUnknown(
      file,
      file.value.flatMap((defect, at) => defect.lines.map((id, place) => ({ id, path: [at, 'lines', place] }))),
      lines,
    )
    return file.value
  })
}

/** The files of a folder: the suites' in the runbook's order, then those of no suite by name. */
function readAll<S extends z.ZodType>(folder: string, schema: S, what: string): YamlFile<z.output<S>>[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'))
  const ofSuites: readonly string[] = SUITES.map((suite) => `${suite}.yaml`)
  const rank = (name: string): number => (ofSuites.includes(name) ? ofSuites.indexOf(name) : ofSuites.length)
  return names
    .toSorted((a, b) => rank(a) - rank(b) || a.localeCompare(b))
    .map((name) => readYamlFile(path.join(folder, name), schema, { what }))
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
