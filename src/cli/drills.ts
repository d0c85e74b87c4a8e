import { UsageError } from '../outcome.ts'
import { DRILL_NAMES, DRILLS, type DrillName } from '../procedures/drills.ts'
import type { TargetSpec } from '../targets/schema.ts'

/** The drills to hold: those that were asked for, `all` that this kind of target can hold, or what its file says. @throws UsageError */
export function drillsOf(
  asked: readonly (DrillName | 'all')[] | undefined,
  { name, kind, drills }: Pick<TargetSpec, 'name' | 'kind' | 'drills'>,
): DrillName[] {
  if (asked === undefined) return [...drills]
  if (kind === 'live')
    throw new UsageError(`--drill: ${name} is live, and a drill is held on --target=embedded or --target=ephemeral alone`)
  if (drills.length === 0)
    throw new UsageError(`--drill: ${name} holds none (\`drills: []\` in its file); use --target=embedded or --target=ephemeral`)
  const isPossible = (drill: DrillName): boolean => kind === 'ephemeral' || DRILLS[drill].needsContainers !== true
  if (asked.includes('all')) return DRILL_NAMES.filter(isPossible)
  const wanted = [...new Set(asked)].filter((drill) => drill !== 'all')
  const impossible = wanted.find((drill) => !isPossible(drill))
  if (impossible !== undefined)
    throw new UsageError(`--drill: ${impossible} needs containers, which ${name} does not have; use --target=ephemeral`)
  return wanted
}
