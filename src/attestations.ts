import { z } from 'zod'
import { UsageError } from './outcome.ts'
import type { Line } from './runbook.ts'
import { readYamlFile, type YamlFile } from './yaml-file.ts'

const DAY_MS = 86_400_000

const attestationSchema = z.strictObject({
  line: z.string().min(1).describe('Id of the attested line, such as MNT-01.'),
  by: z.string().trim().min(1, 'expected the person who signs').describe('Who signs.'),
  at: z.iso.date().describe('UTC date of the sign-off.'),
  until: z.iso.date().describe('UTC date from which it no longer holds; at most the line’s own validity after `at`.'),
  note: z.string().trim().min(1, 'expected what was looked at and where the proof lies').describe('What was looked at.'),
})

/** The attestations file: a list of dated sign-offs, one a line of the runbook at most. */
export const attestationsSchema = z.array(attestationSchema)

export type Attestation = Omit<z.infer<typeof attestationSchema>, 'line'>

/** What of a line this module needs to know. */
export type AttestableLine = Pick<Line, 'id' | 'attestedDays'>

/**
 * Reads the sign-offs of a file, by line id.
 * @throws UsageError naming file and line of what is malformed, doubled, dated into the future, longer than its line allows,
 * or of a line that does not exist or that a check looks at.
 */
export function loadAttestations(path: string, lines: readonly AttestableLine[], now: Date): Map<string, Attestation> {
  const file = readYamlFile(path, attestationsSchema, { what: 'attestations file' })
  const byId = new Map(lines.map((line) => [line.id, line]))
  const seen = new Set<string>()
  const mistakes = file.value.flatMap((entry, index) => {
    const found = mistakesOf(entry, byId.get(entry.line), now).map(([key, text]) => mistake(file, [index, key], text))
    if (seen.has(entry.line)) found.push(mistake(file, [index, 'line'], `${entry.line} is signed twice; keep the later one`))
    seen.add(entry.line)
    return found
  })
  if (mistakes.length > 0) throw new UsageError(mistakes.join('\n'))
  return new Map(file.value.map(({ line, ...attestation }) => [line, attestation]))
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

type Mistake = readonly [key: keyof z.infer<typeof attestationSchema>, text: string]

function mistakesOf(entry: z.infer<typeof attestationSchema>, line: AttestableLine | undefined, now: Date): Mistake[] {
  if (line === undefined) return [['line', `the runbook has no line ${entry.line}`]]
  if (line.attestedDays === undefined) return [['line', `${entry.line} is looked at by a check and cannot be signed instead`]]
  const [at, until] = [new Date(entry.at).getTime(), new Date(entry.until).getTime()]
  const found: Mistake[] = []
  if (at > now.getTime()) found.push(['at', `${entry.at} lies in the future (dates are UTC)`])
  if (until <= at) found.push(['until', `${entry.until} is not after ${entry.at}`])
  const longest = at + line.attestedDays * DAY_MS
  if (until > longest)
    found.push([
      'until',
      `${entry.until} is too late: a sign-off of ${line.id} holds ${line.attestedDays} days, here until ${isoDate(longest)}`,
    ])
  return found
}

function mistake(file: YamlFile<unknown>, [index, key]: readonly [number, string], text: string): string {
  return `${file.place([index, key])}: \`[${index}].${key}\`: ${text}`
}

function isoDate(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}
