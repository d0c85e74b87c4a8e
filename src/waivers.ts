import { z } from 'zod'
import { type Outcome, UsageError } from './outcome.ts'
import type { Line } from './runbook.ts'
import { type Mistake, readSignOffFile, type SignOffFile, type SignOffKind } from './sign-off-file.ts'
import { nearest } from './suggest.ts'
import { daysUntil, utcDate } from './utc-date.ts'

/** A waiver is an exception for a while: no line may be waived for longer without being looked at again. */
export const LONGEST_WAIVER_DAYS = 180
const LEAST_JUSTIFICATION = 10

/** A text that somebody has really written. */
const written = z.string().superRefine((text, context) => {
  if (text.trim() === '') context.addIssue({ code: 'custom', message: 'is empty: this is a draft, which nobody has signed yet' })
})

const oneLine = z.string().superRefine((id, context) => {
  if (/^[A-Z]+-\d{2,3}$/.test(id)) return
  const isBroad = /[*?,\s|]|^all$/i.test(id)
  context.addIssue({ code: 'custom', message: isBroad ? 'names more than one line' : 'is no id of a line' })
})

const oneTarget = z.string().superRefine((name, context) => {
  if (/^[a-z0-9][a-z0-9-]*$/.test(name)) return
  context.addIssue({ code: 'custom', message: /[*?,\s|]/.test(name) ? 'names more than one target' : 'is no name of a target' })
})

const waiverSchema = z.strictObject({
  check: oneLine.describe('Id of the one line that is waived, such as PRE-04.'),
  outcome: z
    .enum(['failed', 'unobserved'], { error: 'is nothing that can be accepted' })
    .describe('The one outcome that is accepted.'),
  target: oneTarget.optional().describe('Name of the only target it is for; every target of the run where absent.'),
  justification: written
    .refine(
      (text) => text.trim() === '' || text.trim().length >= LEAST_JUSTIFICATION,
      'is too short to be judged by another person',
    )
    .describe('Why it is accepted.'),
  approvedBy: written.describe('Who accepts it.'),
  expires: utcDate.describe('UTC date, exclusive: on that day it is applied no more.'),
  risk: written.describe('What may happen because of it.'),
})

/** The waivers file: a list of accepted failures and blind spots. */
export const waiversSchema = z.array(waiverSchema)
export type Waiver = z.infer<typeof waiverSchema>

export const WAIVER_EXAMPLE = 'fixtures/waivers.example.yaml'

const KIND: SignOffKind<keyof Waiver> = {
  what: 'waivers file',
  entry: 'waiver',
  example: WAIVER_EXAMPLE,
  keys: {
    check: {
      expected: 'the id of one line of the runbook, such as PRE-04',
      todo: 'write one waiver for each line; `npm test -- --list` tells the ids',
    },
    outcome: { expected: 'failed or unobserved', todo: 'write which of the two is accepted; nothing else needs a waiver' },
    target: {
      expected: 'the name of one target, or no `target` for all of them',
      todo: 'write one waiver for each target, or leave the key out',
    },
    justification: {
      expected: `why it is accepted, in ${LEAST_JUSTIFICATION} characters at least`,
      todo: 'write what another person needs to judge it',
    },
    approvedBy: {
      expected: 'the person who accepts the risk',
      todo: 'let that person sign: write their name, or have them write it',
    },
    expires: {
      expected: `a UTC date such as 2026-12-01, at most ${LONGEST_WAIVER_DAYS} days away, on which it is applied no more`,
      todo: 'write the day until which it can be accepted',
    },
    risk: { expected: 'what may happen because of it', todo: 'write it down, so that whoever is called at night knows' },
  },
}

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

type WaivableLine = Pick<Line, 'id' | 'attestedDays'>

/**
 * Reads a waivers file.
 * @throws UsageError naming file, key and line of what is malformed, unsigned, doubled, too broad, too long,
 * or of a line that does not exist or that is signed rather than checked.
 */
export function loadWaivers(path: string, lines: readonly WaivableLine[], now: Date): Waiver[] {
  const file = readSignOffFile(path, waiverSchema, KIND)
  const byId = new Map(lines.map((line) => [line.id, line]))
  const mistakes = file.entries.flatMap((_, index) => mistakesOf(file, index, byId, now))
  if (mistakes.length > 0) throw new UsageError(mistakes.map(file.text).join('\n'))
  return [...file.entries]
}

function mistakesOf(file: SignOffFile<Waiver>, index: number, byId: ReadonlyMap<string, WaivableLine>, now: Date): Mistake[] {
  const waiver = file.entries[index]
  if (waiver === undefined) return []
  const line = byId.get(waiver.check)
  const earlier = file.entries.slice(0, index).findIndex((other) => overlap(other, waiver))
  const mistake = (key: keyof Waiver, wrong: string, help: Partial<Mistake> = {}): Mistake => ({
    path: [index, key],
    wrong,
    ...KIND.keys[key],
    received: file.received([index, key]),
    ...help,
  })
  return [
    ...(line === undefined
      ? [mistake('check', `the runbook has no line ${waiver.check}${nearest(waiver.check, [...byId.keys()])}`)]
      : []),
    ...(line?.attestedDays === undefined
      ? []
      : [
          mistake('check', `${waiver.check} is signed by a person; it cannot be waived`, {
            expected: 'a line that a check looks at',
            todo: `sign it with \`npm run attest -- --line=${waiver.check}\`, or leave it pending`,
          }),
        ]),
    ...(earlier === -1
      ? []
      : [
          mistake('check', `${waiver.check} (${waiver.outcome}) is waived already by [${earlier}]`, {
            expected: 'one waiver for a line, outcome and target',
            todo: 'keep the one that is meant and remove the other',
          }),
        ]),
    ...(daysUntil(waiver.expires, now) > LONGEST_WAIVER_DAYS
      ? [
          mistake('expires', `is more than ${LONGEST_WAIVER_DAYS} days away`, {
            todo: 'choose a nearer day, and look at the line again then',
          }),
        ]
      : []),
  ]
}

/** Applies the waiver of exactly that line, outcome and target; an expired one is named and not applied. */
export function applyWaiver({ id, target, outcome }: Waivable, waivers: readonly Waiver[], now: Date): Waived {
  const waiver = waivers.find((one) => one.check === id && one.outcome === outcome && isFor(one, target))
  if (waiver === undefined) return { outcome, waiver: undefined, note: '' }
  if (isExpired(waiver, now)) {
    const note = `the waiver by ${waiver.approvedBy} expired on ${waiver.expires} and is not applied`
    return { outcome, waiver: undefined, note }
  }
  return { outcome: 'waived', waiver, note: `${outcome}, accepted by ${waiver.approvedBy} until ${waiver.expires}` }
}

/** True where the waiver is for that target. */
export function isFor(waiver: Waiver, target: string): boolean {
  return (waiver.target ?? target) === target
}

/** True from the day (UTC) on which it expires. */
export function isExpired(waiver: Waiver, now: Date): boolean {
  return now >= new Date(waiver.expires)
}

function overlap(one: Waiver, other: Waiver): boolean {
  const sameTarget = one.target === undefined || other.target === undefined || one.target === other.target
  return one.check === other.check && one.outcome === other.outcome && sameTarget
}
