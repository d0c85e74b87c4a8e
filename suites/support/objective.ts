import { Unobserved } from '../../src/outcome.ts'
import type { Target } from '../../src/targets/target.ts'

/** The operator's own objectives for a part, in milliseconds. @throws Unobserved where the target file takes them away. */
export function objective(target: Target, part: string): { readonly p95: number; readonly p99: number } {
  const found = target.spec.objectives[part]
  if (found !== undefined) return found
  throw new Unobserved({
    id: `undescribed:objectives.${part}`,
    text: `target ${target.name} states no objective for ${part}; add \`objectives.${part}: { p95, p99 }\` to its file`,
  })
}
