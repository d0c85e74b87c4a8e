import { bySeverity } from './assemble.ts'
import type { CheckEntry, Report, Settled } from './model.ts'
import { duration, plural } from './text.ts'

/** `10:15:00`: the report's head tells the day. */
function clock(iso: string): string {
  return iso.slice(11, 19)
}

/** `passed 10:00:05 → failed 10:09:12 → passed 10:09:40 UTC, 41 looks`: how a line fared over several looks. */
export function courseWords({ changes, looks, more }: Settled): string {
  const steps = changes.map(({ outcome, at }) => `${outcome} ${clock(at)}`)
  const rest = more === 0 ? '' : ` → and ${plural(more, 'more change')}`
  return `${steps.join(' → ')}${rest} UTC, ${plural(looks, 'look')}`
}

/** The lines that did not stay as they were at first, the gravest first. */
export function changedLines({ checks }: Pick<Report, 'checks'>): (CheckEntry & { readonly settled: Settled })[] {
  return bySeverity(checks).flatMap((entry) =>
    entry.settled !== undefined && entry.settled.changes.length > 1 ? [{ ...entry, settled: entry.settled }] : [],
  )
}

/** How long it was watched and what came of it, as a sentence; empty where the run looked once. */
export function settleSentence(report: Report): string {
  const { settle } = report
  if (settle === undefined) return ''
  const wanted = duration(settle.forMs)
  if (settle.lastAt === null) return `Nothing was looked at again, although ${wanted} were asked for.`
  const changed = changedLines(report).length
  const watched =
    report.verdict === 'interrupted' ? `until ${clock(settle.lastAt)} UTC, short of the ${wanted} asked for` : `over ${wanted}`
  const changes =
    changed === 0 ? 'no line changed meanwhile' : `${plural(changed, 'line')} changed meanwhile; each is told as its worst moment`
  return `The reading lines were looked at again ${settle.looks === 1 ? 'once' : `${settle.looks} times`} ${watched}: ${changes}.`
}
