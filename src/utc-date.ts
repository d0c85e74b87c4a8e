import { z } from 'zod'

const DAY_MS = 86_400_000

/** A UTC date without a time, such as 2026-12-01; whatever else stands there is told apart. */
export const utcDate = z.string({ error: () => 'is no date' }).superRefine((text, context) => {
  const wrong = wrongWith(text.trim())
  if (wrong !== undefined) context.addIssue({ code: 'custom', message: wrong })
})

function wrongWith(text: string): string | undefined {
  if (text === '') return 'is empty'
  if (/^\d{4}-\d\d-\d\d[T ]/.test(text)) return 'has a time of day; a date holds from midnight UTC'
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return 'is not written as a date'
  return z.iso.date().safeParse(text).success ? undefined : 'is no day of the calendar'
}

/** Days from a moment to a UTC date; negative where it has passed. */
export function daysUntil(date: string, now: Date): number {
  return (new Date(date).getTime() - now.getTime()) / DAY_MS
}

/** The UTC date so many days after another. */
export function daysAfter(date: string, days: number): string {
  return new Date(new Date(date).getTime() + days * DAY_MS).toISOString().slice(0, 10)
}
