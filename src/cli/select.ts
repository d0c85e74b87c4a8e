import type { BoundLine } from '../bind.ts'
import { UsageError } from '../outcome.ts'
import { nearest } from '../suggest.ts'
import type { TargetSpec } from '../targets/schema.ts'
import type { Options } from './options.ts'

export interface Selection {
  readonly lines: readonly BoundLine[]
  /** Empty for the whole runbook; otherwise `PARTIAL: 12 of 180 lines (--suite=preflight)`. */
  readonly words: string
}

/** The lines that the operator asked for. @throws UsageError where an id is unknown or nothing is left. */
export function select(runbook: readonly BoundLine[], options: Options, kind: TargetSpec['kind']): Selection {
  rejectUnknownIds(runbook, options.check ?? [])
  const when = occasion(options, kind)
  const filters: [string, (bound: BoundLine) => boolean][] = []
  if (options.suite !== undefined)
    filters.push([`--suite=${options.suite}`, ({ line }) => options.suite?.includes(line.suite) ?? false])
  if (options.check !== undefined)
    filters.push([`--check=${options.check}`, ({ line }) => options.check?.includes(line.id) ?? false])
  if (when !== 'all') filters.push([`--when=${when}`, ({ line }) => line.when.includes(when)])
  const lines = runbook.filter((bound) => filters.every(([, holds]) => holds(bound)))
  const named = filters.map(([name]) => name).join(' ')
  if (lines.length === 0) throw new UsageError(`${named} selects none of the runbook's ${runbook.length} lines; see --list`)
  return { lines, words: lines.length === runbook.length ? '' : `PARTIAL: ${lines.length} of ${runbook.length} lines (${named})` }
}

/** After a deploy only what is due then, unless the operator says otherwise; a named suite or check means all of it. */
function occasion(options: Options, kind: TargetSpec['kind']): NonNullable<Options['when']> {
  if (options.when !== undefined) return options.when
  const isNamed = options.suite !== undefined || options.check !== undefined
  return kind === 'live' && !isNamed ? 'after' : 'all'
}

function rejectUnknownIds(runbook: readonly BoundLine[], ids: readonly string[]): void {
  const known = runbook.map(({ line }) => line.id)
  const unknown = ids.find((id) => !known.includes(id))
  if (unknown !== undefined) throw new UsageError(`--check: unknown check "${unknown}"${nearest(unknown, known)}; see --list`)
}
