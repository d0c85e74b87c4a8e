import type { Silence } from '../../src/probes/alertmanager.ts'

const HOUR_MS = 3_600_000
/** A silence that is longer hides more than a deploy. */
export const LONGEST_WINDOW_HOURS = 8

/** What is wrong with a silence as the announcement of a window, in words. */
export function problemsOfWindow({ id, createdBy, comment, startsAt, endsAt, matchers }: Silence): string[] {
  const hours = (Date.parse(endsAt) - Date.parse(startsAt)) / HOUR_MS
  return [
    ...(createdBy.trim() === '' ? [`silence ${id} has no owner`] : []),
    ...(comment.trim() === '' ? [`silence ${id} has no comment`] : []),
    ...(hours > 0 && hours <= LONGEST_WINDOW_HOURS ? [] : [`silence ${id} lasts ${hours} hours`]),
    ...(matchers.some(({ value, isRegex }) => !isRegex || !/^\.[*+]$/.test(value)) ? [] : [`silence ${id} silences everything`]),
  ]
}

/** Silences that begin or began within a day of now: the windows that an update of today can mean. */
export function windowsAround(silences: readonly Silence[], now: Date): Silence[] {
  return silences.filter(({ startsAt }) => Math.abs(Date.parse(startsAt) - now.getTime()) <= 24 * HOUR_MS)
}
