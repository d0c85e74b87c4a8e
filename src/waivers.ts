import { z } from 'zod'
import { type Outcome, UsageError } from './outcome.ts'
import type { Line } from './runbook.ts'
import { readYamlFile } from './yaml-file.ts'

/** A waiver is an exception for a while: no line may be waived for longer without being looked at again. */
export const LONGEST_WAIVER_DAYS = 180
const DAY_MS = 86_400_000

const waiverSchema = z.strictObject({
  check: z
    .string()
    .regex(/^[A-Z]+-\d{2,3}$/, 'expected the id of one line, such as PRE-04; a pattern or list would waive too much')
    .describe('Id of the one line that is waived.'),
  outcome: z.enum(['failed', 'unobserved']).describe('The one outcome that is accepted.'),
  target: z.string().min(1).optional().describe('Name of the only target it is for; every target of the run where absent.'),
  justification: z.string().trim().min(10, 'expected a reason that another person can judge').describe('Why it is accepted.'),
  approvedBy: z.string().trim().min(1, 'expected the person who accepts the risk').describe('Who accepts it.'),
  expires: z.iso.date().describe('UTC date, exclusive: on that day it is applied no more.'),
  risk: z.string().trim().min(1, 'expected what may happen because of it').describe('What may happen because of it.'),
})

/** The waivers file: a list of accepted failures and blind spots. */
export const waiversSchema = z.array(waiverSchema)
export type Waiver = z.infer<typeof waiverSchema>

/** A result as far as a waiver is concerned. */
export interface Waivable {
  readonly id: string
  readonly target: string
  readonly outcome: Outcome
}

/** What became of a result: waived, or as it was; `note` is empty unless a waiver had a say. */
export interface Waived {
  readonly outcome: Outcome
  readonly waiver: Waiver | undefined
  readonly note: string
}

/**
 * Reads a waivers file.
 * @throws UsageError naming file, key and line of what is malformed, doubled, too broad, too long,
 * or of a line that does not exist or that is signed rather than checked.
 */
export function loadWaivers(path: string, lines: readonly Pick<Line, 'id' | 'attestedDays'>[], now: Date): Waiver[] {
  const file = readYamlFile(path, waiversSchema, { what: 'waivers file' })
  const byId = new Map(lines.map((line) => [line.id, line]))
  const mistakes = file.value.flatMap((waiver, index) => {
    const line = byId.get(waiver.check)
    const earlier = file.value.slice(0, index).some((other) => overlap(other, waiver))
    const texts: (readonly [keyof Waiver, string])[] = []
    if (line === undefined) texts.push(['check', `the runbook has no line ${waiver.check}`])
    if (line?.attestedDays !== undefined) texts.push(['check', `${waiver.check} is signed by a person; it cannot be waived`])
    if (earlier) texts.push(['check', `${waiver.check} (${waiver.outcome}) is waived already above`])
    if (daysUntil(waiver.expires, now) > LONGEST_WAIVER_DAYS)
      texts.push(['expires', `${waiver.expires} is more than ${LONGEST_WAIVER_DAYS} days away`])
    return texts.map(([key, text]) => `${file.place([index, key])}: \`[${index}].${key}\`: ${text}`)
  })
  if (mistakes.length > 0) throw new UsageError(mistakes.join('\n'))
  return file.value
}

/** Applies the waiver of exactly that line, outcome and target; an expired one is named and not applied. */
export function applyWaiver({ id, target, outcome }: Waivable, waivers: readonly Waiver[], now: Date): Waived {
  const waiver = waivers.find((one) => one.check === id && one.outcome === outcome && (one.target ?? target) === target)
  if (waiver === undefined) return { outcome, waiver: undefined, note: '' }
  if (isExpired(waiver, now)) {
    const note = `the waiver by ${waiver.approvedBy} expired on ${waiver.expires} and is not applied`
    return { outcome, waiver: undefined, note }
  }
  return { outcome: 'waived', waiver, note: `${outcome}, accepted by ${waiver.approvedBy} until ${waiver.expires}` }
}

/** True from the day (UTC) on which it expires. */
export function isExpired(waiver: Waiver, now: Date): boolean {
  return now >= new Date(waiver.expires)
}

function overlap(one: Waiver, other: Waiver): boolean {
  const sameTarget = one.target === undefined || other.target === undefined || one.target === other.target
  return one.check === other.check && one.outcome === other.outcome && sameTarget
}

function daysUntil(date: string, now: Date): number {
  return (new Date(date).getTime() - now.getTime()) / DAY_MS
}
