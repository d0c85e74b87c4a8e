import { EFFECTS, type Effect } from '../effect.ts'
import { UsageError } from '../outcome.ts'
import type { TargetSpec } from '../targets/schema.ts'

/** Effects that the target's file alone does not switch on. */
const ONLY_WITH_FLAG: readonly Effect[] = ['load', 'copy-data', 'drill']

/**
 * The effects that this run may have. Embedded and ephemeral targets are disposable and allow all. On a live one the file says what
 * may be; `--allow` narrows that, and is needed besides the file for load, copy-data and drill.
 * @throws UsageError where `--allow` asks for more than the file allows, or anyone for a drill in production.
 */
export function effectsAllowed(spec: TargetSpec, flag: readonly Effect[]): Effect[] {
  if (spec.kind !== 'live') return [...EFFECTS]
  if (spec.environment === 'production' && [...spec.allow, ...flag].includes('drill')) {
    throw new UsageError(`target ${spec.name}: drill is never allowed where environment is production; remove it from allow`)
  }
  const excess = flag.find((effect) => effect !== 'read' && !spec.allow.includes(effect))
  if (excess !== undefined) {
    throw new UsageError(
      `--allow=${excess}: the file of target ${spec.name} does not allow ${excess}; it allows ${spec.allow.join(', ')}`,
    )
  }
  const isAllowed = (effect: Effect): boolean =>
    effect === 'read' ||
    (spec.allow.includes(effect) && (flag.length === 0 ? !ONLY_WITH_FLAG.includes(effect) : flag.includes(effect)))
  return EFFECTS.filter(isAllowed)
}
