import { UsageError } from '../outcome.ts'
import type { YamlSource } from '../yaml-file.ts'
import type { TargetSpec } from './schema.ts'

type Figures = Pick<TargetSpec, 'objectives' | 'recovery'>

/** Figures of the runbook of which a greater one is stricter; of all others, a smaller one is. */
const GREATER_IS_STRICTER: readonly string[] = ['recovery.backupDays']

/**
 * Refuses objectives of a site that are looser than the product's: those are limits, and a looser limit needs owner, reason
 * and expiry, which only `limits` can carry. @throws UsageError naming file, key and line of each.
 */
export function rejectLooser(site: Figures, product: Figures, { place }: Pick<YamlSource, 'place'>): void {
  const before = new Map(figuresOf(product))
  const looser = figuresOf(site).flatMap(([key, value]) => {
    const runbook = before.get(key)
    const isLooser = runbook !== undefined && (GREATER_IS_STRICTER.includes(key) ? value < runbook : value > runbook)
    if (!isLooser) return []
    return [
      `${place(key.split('.'))}: \`${key}\`: ${value} is looser than the runbook's ${runbook}; leave it out, and put the looser value into \`limits\` with owner, reason and expires, under the name that the report gives the limit`,
    ]
  })
  if (looser.length > 0) throw new UsageError(looser.join('\n'))
}

function figuresOf({ objectives, recovery }: Figures): [string, number][] {
  const named = (prefix: string, figures: Readonly<Record<string, number>>): [string, number][] =>
    Object.entries(figures).map(([name, value]) => [`${prefix}.${name}`, value])
  return [
    ...Object.entries(objectives).flatMap(([part, both]) => named(`objectives.${part}`, both)),
    ...named('recovery', recovery),
  ]
}
