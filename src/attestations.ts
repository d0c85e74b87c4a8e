import { z } from 'zod'
import { UsageError } from './outcome.ts'
import type { Line } from './runbook.ts'
import { type Mistake, readSignOffFile, type SignOffFile, type SignOffKind } from './sign-off-file.ts'
import { nearest } from './suggest.ts'
import { daysAfter, utcDate } from './utc-date.ts'

const written = z.string().refine((text) => text.trim() !== '', 'is empty')

export const attestationSchema = z.strictObject({
  line: written.describe('Id of the attested line, such as MNT-01.'),
  by: written.describe('Who signs.'),
  at: utcDate.describe('UTC date of the sign-off.'),
  until: utcDate.describe('UTC date from which it no longer holds; at most the line’s own validity after `at`.'),
  note: written.describe('What was looked at.'),
  evidence: written.optional().describe('Where the proof lies: a file, a URL or a ticket.'),
})
export type SignedLine = z.infer<typeof attestationSchema>

/** The attestations file: a list of dated sign-offs, of which no two hold for one line at the same time. */
export const attestationsSchema = z.array(attestationSchema)

export type Attestation = Omit<SignedLine, 'line'>

/** What of a line this module needs to know. */
export type AttestableLine = Pick<Line, 'id' | 'attestedDays'>

export const ATTESTATION_EXAMPLE = 'fixtures/attestations.example.yaml'

const KIND: SignOffKind<keyof SignedLine> = {
  what: 'attestations file',
  entry: 'sign-off',
  example: ATTESTATION_EXAMPLE,
  keys: {
    line: {
      expected: 'the id of a line that a person signs, such as MNT-01',
      todo: '`npm run attest -- --list` tells which lines are signed',
    },
    by: { expected: 'the person who signs', todo: 'let the person who looked write their name' },
    at: {
      expected: 'the UTC date of the sign-off, such as 2026-11-20, today or earlier',
      todo: 'write the day on which it was looked at',
    },
    until: {
      expected: 'the UTC date from which it no longer holds, after `at`',
      todo: 'write a day within the validity that the runbook gives the line',
    },
    note: {
      expected: 'what was looked at, and what was seen',
      todo: 'write it down, so that an auditor can judge it a year later',
    },
    evidence: { expected: 'a file, a URL or a ticket where the proof lies', todo: 'name it, or leave the key out' },
  },
}

/**
 * Reads the sign-offs of a file: of each line the latest, by line id.
 * @throws UsageError naming file and line of what is malformed, doubled, dated into the future, longer than its line allows,
 * or of a line that does not exist or that a check looks at.
 */
export function loadAttestations(path: string, lines: readonly AttestableLine[], now: Date): Map<string, Attestation> {
  const entries = readAttestations(path, lines, now).toSorted((a, b) => a.at.localeCompare(b.at))
  return new Map(entries.map(({ line, ...attestation }) => [line, attestation]))
}

/** Every sign-off of a file, in its order. @throws UsageError as loadAttestations does. */
export function readAttestations(path: string, lines: readonly AttestableLine[], now: Date): SignedLine[] {
  const file = readSignOffFile(path, attestationSchema, KIND)
  const byId = new Map(lines.map((line) => [line.id, line]))
  const mistakes = file.entries.flatMap((_, index) => mistakesOf(file, index, byId, now))
  if (mistakes.length > 0) throw new UsageError(mistakes.map(file.text).join('\n'))
  return [...file.entries]
}

/** How an attested line stands: passed while its sign-off holds, else pending with the reason. */
export function stateOf(
  line: AttestableLine,
  attestation: Attestation | undefined,
  now: Date,
): { readonly outcome: 'passed' | 'pending'; readonly reason: string } {
  if (attestation === undefined) return { outcome: 'pending', reason: `nobody has signed ${line.id}` }
  const { by, at, until } = attestation
  return now < new Date(until)
    ? { outcome: 'passed', reason: `signed by ${by} on ${at}, valid until ${until}` }
    : { outcome: 'pending', reason: `the sign-off by ${by} of ${at} expired on ${until}` }
}

function mistakesOf(
  file: SignOffFile<SignedLine>,
  index: number,
  byId: ReadonlyMap<string, AttestableLine>,
  now: Date,
): Mistake[] {
  const entry = file.entries[index]
  if (entry === undefined) return []
  const mistake = (key: keyof SignedLine, wrong: string, help: Partial<Mistake> = {}): Mistake => ({
    path: [index, key],
    wrong,
    ...KIND.keys[key],
    received: file.received([index, key]),
    ...help,
  })
  const line = byId.get(entry.line)
  const signed = [...byId].filter(([, { attestedDays }]) => attestedDays !== undefined).map(([id]) => id)
  if (line === undefined) return [mistake('line', `the runbook has no line ${entry.line}${nearest(entry.line, signed)}`)]
  if (line.attestedDays === undefined)
    return [mistake('line', `${entry.line} is looked at by a check and cannot be signed instead`)]
  const latest = daysAfter(entry.at, line.attestedDays)
  const earlier = file.entries.slice(0, index).findIndex((other) => holdTogether(other, entry))
  return [
    ...(new Date(entry.at) > now ? [mistake('at', 'lies in the future (dates are UTC)')] : []),
    ...(entry.until <= entry.at ? [mistake('until', `is not after ${entry.at}`)] : []),
    ...(entry.until > latest
      ? [
          mistake('until', `is too late: a sign-off of ${entry.line} holds ${line.attestedDays} days`, {
            expected: `${latest} at the latest`,
          }),
        ]
      : []),
    ...(earlier === -1
      ? []
      : [
          mistake('line', `${entry.line} is signed twice for the same time, here and by [${earlier}]`, {
            expected: 'one sign-off of a line at a time',
            todo: 'keep the later one, or let it begin when the earlier one has ended',
          }),
        ]),
  ]
}

/** A renewal follows when the sign-off before it has ended. */
function holdTogether(one: SignedLine, other: SignedLine): boolean {
  return one.line === other.line && one.at < other.until && other.at < one.until
}
