import type { ComparedLine, ComparedMeasurement, Comparison } from './model.ts'
import { amount, plural, utc, visibleLine } from './text.ts'

/** One kind of change, as every renderer shows it. */
export interface ChangeGroup {
  readonly kind: 'newFailures' | 'newlyUnobserved' | 'stillFailing' | 'fixed'
  readonly heading: string
  /** The same of a single line. */
  readonly word: string
  readonly lines: readonly ComparedLine[]
}

const HEADINGS = [
  ['newFailures', 'New failures', 'new failure'],
  ['newlyUnobserved', 'Could be observed then, and not now', 'newly unobserved'],
  ['stillFailing', 'Still failing', 'still failing'],
  ['fixed', 'Fixed', 'fixed'],
] as const

/** The kinds of change that occurred, what is worse before what is better. */
export function changeGroups(comparison: Comparison): ChangeGroup[] {
  return HEADINGS.flatMap(([kind, heading, word]) => {
    const lines = comparison[kind]
    return lines.length === 0 ? [] : [{ kind, heading, word, lines }]
  })
}

/** `CHG0041, staging, 2026-11-20 10:15:00 UTC`: the run that is compared with. */
export function baselineWords({ baseline }: Comparison, target: string): string {
  const { ticket, startedAt, selection, verdict, target: name } = baseline
  const parts = [
    ticket === '' ? 'a run without ticket' : ticket,
    name === target ? '' : `of another target, ${name}`,
    utc(startedAt),
    verdict,
    selection,
  ]
  return visibleLine(parts.filter((part) => part !== '').join(', '))
}

/** `2 new failures, 1 fixed, …`: what changed, in numbers; what did not occur is said as well where it matters most. */
export function changeCounts({ newFailures, fixed, stillFailing, newlyUnobserved, moved, notCompared }: Comparison): string {
  const parts = [
    newFailures.length === 0 ? 'no new failure' : plural(newFailures.length, 'new failure'),
    fixed.length === 0 ? '' : `${fixed.length} fixed`,
    stillFailing.length === 0 ? '' : `${stillFailing.length} still failing`,
    newlyUnobserved.length === 0 ? '' : `${newlyUnobserved.length} newly unobserved`,
    moved.length === 0 ? '' : `${plural(moved.length, 'measurement')} moved`,
    notCompared === 0 ? '' : `${plural(notCompared, 'line')} judged then and not looked at now`,
  ]
  return parts.filter((part) => part !== '').join(', ')
}

/** How a line was before: only one that had passed is known to have broken since. */
export function wasWords({ was, now }: ComparedLine): string {
  const before = was === null ? 'not looked at then' : `${was} then`
  return now === 'waived' ? `${before}, waived now` : before
}

/** `+49 %`; empty where it was nought before. */
export function changeShare({ was, now }: Pick<ComparedMeasurement, 'was' | 'now'>): string {
  return was === 0 ? '' : `${now > was ? '+' : '−'}${Math.round((Math.abs(now - was) / Math.abs(was)) * 100)} %`
}

/** `POST /hooks latency: 210 ms → 312.4 ms (+49 %, limit 250 ms)`. */
export function movedWords({ name, unit, was, now, limit }: ComparedMeasurement): string {
  const details = [changeShare({ was, now }), limit === null ? '' : `limit ${amount(limit, unit)}`].filter((part) => part !== '')
  const inBrackets = details.length === 0 ? '' : ` (${details.join(', ')})`
  return visibleLine(`${name}: ${amount(was, unit)} → ${amount(now, unit)}${inBrackets}`)
}
