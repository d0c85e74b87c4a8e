import { createHash } from 'node:crypto'
import { appendFile, readFile } from 'node:fs/promises'
import path from 'node:path'
import { stringify } from 'yaml'
import {
  type AttestableLine,
  attestationSchema,
  attestationsSchema,
  readAttestations,
  type SignedLine,
  stateOf,
} from '../attestations.ts'
import { UsageError } from '../outcome.ts'
import { visibleLine } from '../report/text.ts'
import type { Line } from '../runbook.ts'
import { daysAfter } from '../utc-date.ts'
import { readYaml } from '../yaml-file.ts'

/** What a person says when signing. */
export interface Answered {
  readonly line: string
  readonly by: string
  readonly note: string
  readonly evidence?: string
  readonly at?: string
  readonly until?: string
}

/** What must be said, and how it is asked for. */
export const answersNeeded: readonly { readonly key: 'line' | 'by' | 'note'; readonly question: string }[] = [
  { key: 'line', question: 'Which line do you sign (such as MNT-01; --list tells all)' },
  { key: 'by', question: 'Who are you (name and address)' },
  { key: 'note', question: 'What did you look at, and what did you see' },
]

/** The entry that is signed. @throws UsageError where a date is none, or where evidence that is a file cannot be read. */
export async function signOffOf(
  answered: Answered,
  { id, attestedDays = 0 }: AttestableLine,
  { now, directory }: { readonly now: Date; readonly directory: string },
): Promise<SignedLine> {
  const at = answered.at ?? now.toISOString().slice(0, 10)
  dateOrThrow('at', at)
  const until = answered.until ?? daysAfter(at, attestedDays)
  dateOrThrow('until', until)
  const evidence = answered.evidence === undefined ? {} : { evidence: await evidenceOf(answered.evidence, directory) }
  return { line: id, by: answered.by.trim(), at, until, note: answered.note.trim(), ...evidence }
}

function dateOrThrow(key: 'at' | 'until', date: string): void {
  const wrong = attestationSchema.shape[key].safeParse(date).error?.issues[0]?.message
  if (wrong !== undefined)
    throw new UsageError(`--${key}: ${wrong}; expected a UTC date such as 2026-11-20, received "${date}"; nothing was written`)
}

/** A URL or a ticket as it is; a file with its hash, so that an auditor knows it again. */
async function evidenceOf(given: string, directory: string): Promise<string> {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(given)) return given
  const isPath = /[/\\]/.test(given) || /\.\w{2,5}$/.test(given)
  if (!isPath) return given
  try {
    const hash = createHash('sha256')
      .update(await readFile(path.resolve(directory, given)))
      .digest('hex')
    return `${given} (sha256:${hash})`
  } catch (error) {
    throw new UsageError(
      `--evidence: ${given} cannot be read (${error instanceof Error ? error.message : String(error)}); expected a file, a URL or a ticket; nothing was written`,
    )
  }
}

export interface Appending {
  readonly file: string
  readonly entry: SignedLine
  readonly lines: readonly AttestableLine[]
  readonly now: Date
}

/**
 * Adds the entry at the end of the file and touches nothing else in it; makes the file where there is none.
 * @throws UsageError before anything is written: where the file has a mistake, where the line is signed already, or where the
 * entry would be one.
 */
export async function appendSignOff({ file, entry, lines, now }: Appending): Promise<void> {
  const shown = path.relative('', file) || file
  const before = await textOf(file)
  const signed = before === undefined ? [] : readAttestations(shown, lines, now)
  const other = signed.find((one) => one.line === entry.line && one.at < entry.until && entry.at < one.until)
  if (other !== undefined)
    throw new UsageError(
      `${entry.line} is signed already in ${shown}, by ${other.by} on ${other.at} until ${other.until}; expected a line without a sign-off of that time; wait until it has ended, or correct that entry by hand; nothing was written`,
    )
  const text = `${before === undefined || before === '' || before.endsWith('\n') ? '' : '\n'}${stringify([entry], { lineWidth: 0 })}`
  // As a whole, before it is one: the entry must fit to what stands there.
  readYaml(`${before ?? ''}${text}`, `${shown} with the new sign-off`, attestationsSchema)
  requireValid(entry, lines, now)
  await appendFile(file, text, { mode: 0o644 })
}

function requireValid({ line, at, until }: SignedLine, lines: readonly AttestableLine[], now: Date): void {
  const days = lines.find(({ id }) => id === line)?.attestedDays ?? 0
  const latest = daysAfter(at, days)
  const wrong = [
    new Date(at) > now ? `--at: ${at} lies in the future (dates are UTC); expected today or earlier` : '',
    until <= at ? `--until: expected a day after ${at}, received ${until}` : '',
    until > latest
      ? `--until: a sign-off of ${line} holds ${days} days; expected ${latest} at the latest, received ${until}`
      : '',
  ].filter((one) => one !== '')
  if (wrong.length > 0) throw new UsageError(`${wrong.join('\n')}\nnothing was written`)
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}; nothing was written`)
  }
}

/** How one line that people sign stands. */
export interface LineStanding {
  readonly line: Line
  readonly isSigned: boolean
  readonly reason: string
}

/** Which lines are signed, and which wait for a person. */
export function standingOf(lines: readonly Line[], signed: readonly SignedLine[], now: Date): LineStanding[] {
  const latest = new Map(signed.toSorted((a, b) => a.at.localeCompare(b.at)).map((one) => [one.line, one]))
  return lines.map((line) => {
    const { outcome, reason } = stateOf(line, latest.get(line.id), now)
    return { line, isSigned: outcome === 'passed', reason }
  })
}

/** The standing as a table: what waits first. */
export function standingText(standing: readonly LineStanding[]): string {
  const rows = standing
    .toSorted((a, b) => Number(a.isSigned) - Number(b.isSigned))
    .map(({ line: { id, when, attestedDays, sentence }, isSigned, reason }) =>
      [
        `${isSigned ? '✓' : '…'} ${id}  due ${when.join(', ')}, holds ${attestedDays} days  ${sentence}`,
        `      ${visibleLine(reason)}`,
      ].join('\n'),
    )
  const waiting = standing.filter(({ isSigned }) => !isSigned).length
  return `${[...rows, `${waiting} of ${standing.length} wait for a person to sign`].join('\n')}\n`
}
