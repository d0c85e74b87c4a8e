import { type Fault, namedBy } from './fault.ts'
import type { EvaluatedLine } from './lines.ts'
import { type Options, requireKnown } from './options.ts'

export interface Selection {
  readonly faults: readonly Fault[]
  /** Empty for the whole catalogue and every line. */
  readonly words: string
}

/** The faults that were asked for. @throws UsageError where an id is unknown. */
export function select(catalogue: readonly Fault[], lines: readonly EvaluatedLine[], options: Options): Selection {
  requireKnown(
    '--fault',
    options.fault,
    catalogue.map(({ id }) => id),
  )
  requireKnown(
    '--check',
    options.check,
    lines.map(({ id }) => id),
  )
  const isAbout = (fault: Fault): boolean => options.check?.some((id) => namedBy(fault).includes(id)) ?? true
  const named = catalogue.filter((fault) => (options.fault?.includes(fault.id) ?? true) && isAbout(fault))
  const faults = options.sample ? sampleOf(named, lines) : named
  const asked = [
    options.fault === undefined ? '' : `--fault=${options.fault}`,
    options.check === undefined ? '' : `--check=${options.check}`,
    options.sample ? '--sample' : '',
  ].filter((flag) => flag !== '')
  const words = asked.length === 0 ? '' : `PARTIAL: ${faults.length} of ${catalogue.length} faults (${asked.join(' ')})`
  return { faults, words }
}

/** For each suite and each system the first quiet fault about it, or the first at all. */
function sampleOf(faults: readonly Fault[], lines: readonly EvaluatedLine[]): Fault[] {
  const byId = new Map(lines.map((line) => [line.id, line]))
  const isQuiet = (fault: Fault): boolean => namedBy(fault).every((id) => byId.get(id)?.loud === undefined)
  const ordered = [...faults.filter(isQuiet), ...faults.filter((fault) => !isQuiet(fault))]
  const about = (holds: (line: EvaluatedLine) => boolean): Fault | undefined =>
    ordered.find(({ expect: { failed } }) => failed.some((id) => holdsFor(byId.get(id), holds)))
  const suites = [...new Set(lines.map(({ suite }) => suite))]
  const systems = [...new Set(lines.flatMap((line) => line.systems))]
  const chosen = [
    ...suites.map((suite) => about((line) => line.suite === suite)),
    ...systems.map((system) => about((line) => line.systems.includes(system))),
  ]
  return faults.filter((fault) => chosen.includes(fault))
}

function holdsFor(line: EvaluatedLine | undefined, holds: (line: EvaluatedLine) => boolean): boolean {
  return line !== undefined && holds(line)
}
