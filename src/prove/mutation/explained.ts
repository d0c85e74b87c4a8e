import { z } from 'zod'
import { parseYamlFile } from '../../yaml-file.ts'
import type { Mutant } from './choose.ts'

const FILE = 'fixtures/mutants.yaml'
const schema = z.array(
  z.strictObject({
    file: z.string(),
    kind: z.string(),
    /** What is changed, as it stands in the file. */
    from: z.string(),
    why: z.string().min(20).describe('Why nothing can notice the change, or why nothing needs to.'),
  }),
)
export type Explained = z.infer<typeof schema>[number]

/** The mutants that may survive, each with the reason. @throws UsageError */
export function loadExplained(file = FILE): Explained[] {
  return parseYamlFile(file, schema, { what: 'list of explained mutants' })
}

/** Why this one may survive; undefined where nobody has said. */
export function whyOf({ file, kind, from }: Mutant, explained: readonly Explained[]): string | undefined {
  const same = (one: string, other: string): boolean => one.replace(/\s+/g, ' ').trim() === other.replace(/\s+/g, ' ').trim()
  return explained.find((one) => one.file === file && one.kind === kind && same(one.from, from))?.why
}
