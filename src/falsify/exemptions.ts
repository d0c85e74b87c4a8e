import { z } from 'zod'
import { parseYamlFile } from '../yaml-file.ts'
import type { Exemptions } from './catalogue.ts'

const FILE = 'fixtures/faults/excused.yaml'
const group = z.strictObject({ reason: z.string().min(20), lines: z.array(z.string()).min(1) })
const schema = z.strictObject({
  red: z.array(group),
  unobserved: z.array(group),
  healthy: z.array(group),
  within: z.array(group),
})

/** The lines that no fault can show red, or unobserved on any target, by name and with the reason. @throws UsageError */
export function loadExemptions(file = FILE): Exemptions {
  const { red, unobserved, healthy, within } = parseYamlFile(file, schema, { what: 'list of excused lines' })
  const each = (groups: readonly z.infer<typeof group>[]): { line: string; reason: string }[] =>
    groups.flatMap(({ reason, lines }) => lines.map((line) => ({ line, reason })))
  return { red: each(red), unobserved: each(unobserved), healthy: each(healthy), within: each(within) }
}
