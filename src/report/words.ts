import type { Outcome } from '../outcome.ts'
import { NOT_SELECTED } from './assemble.ts'
import type { CheckEntry, Failure, Report } from './model.ts'
import { plural, visible } from './text.ts'

/** Outcomes in the order in which a reader wants them. */
export const READING_ORDER: readonly Outcome[] = ['failed', 'unobserved', 'pending', 'waived', 'skipped', 'passed']

/** A failure as it is shown: what was wanted, and either the list of problems or what came instead. */
export interface FailureWords {
  readonly headline: string
  /** What is wrong, one by one, where the check collected problems. */
  readonly problems: readonly string[]
  /** What follows the headline's first line. */
  readonly detail: string
  readonly expected: string
  readonly actual: string
}

/** Takes apart what an assertion says: a list of problems compared with an empty one is the list, not a comparison. */
export function failureWords({ message, expected, actual }: Failure): FailureWords {
  const [first = '', ...rest] = visible(message).trim().split('\n')
  const problems = expected.trim() === '[]' ? problemsIn(actual) : []
  if (problems.length === 0) {
    return { headline: first, problems, detail: rest.join('\n').trim(), expected: visible(expected), actual: visible(actual) }
  }
  const headline = first.replace(/(?:^|: )expected .* to (?:deeply |strictly )?equal \[\]$/, '')
  return { headline, problems, detail: '', expected: '', actual: '' }
}

function problemsIn(actual: string): string[] {
  const list = parseOrUndefined(actual)
  if (!Array.isArray(list)) return []
  return list.map((item) => visible(typeof item === 'string' ? item : JSON.stringify(item)))
}

function parseOrUndefined(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** How an entry ended, in a word; entries without outcome say why they have none. */
export function outcomeWord({ outcome, reason }: CheckEntry): string {
  if (outcome !== null) return outcome
  return reason === NOT_SELECTED ? 'not selected' : 'not reached'
}

/** The verdict as a sentence. */
export function verdictSentence(report: Report): string {
  const { counts, verdict } = report
  const of = (outcome: Outcome): number => counts[outcome] ?? 0
  switch (verdict) {
    case 'passed':
      return `Every line that was evaluated passed${of('waived') === 0 ? '' : ` or is waived (${of('waived')})`}${unlookedWords(report.coverage)}.`
    case 'failed':
      return `${plural(of('failed'), 'line')} failed.`
    case 'inconclusive':
      return of('unobserved') === 0
        ? 'Nothing was evaluated, so nothing is known.'
        : `Nothing failed, but ${plural(of('unobserved'), 'line')} could not be observed.`
    case 'pending':
      return `Nothing failed, but ${plural(of('pending'), 'sign-off')} ${of('pending') === 1 ? 'is' : 'are'} outstanding.`
    case 'interrupted':
      return report.run.finishedAt === null
        ? 'The run did not end: this is what it had found so far.'
        : 'The run was interrupted: this is what it had found so far.'
  }
}

/** A green run says what it does not know. */
function unlookedWords({ unlooked, lines }: Report['coverage']): string {
  return unlooked === 0 ? '' : `; ${unlooked} of ${lines} lines were looked at by nobody`
}

/** `82 failed · 3 passed`: the outcomes that occurred, in reading order. */
export function countsInWords(counts: Report['counts']): string {
  const parts = READING_ORDER.flatMap((outcome) => ((counts[outcome] ?? 0) > 0 ? [`${counts[outcome]} ${outcome}`] : []))
  return parts.length === 0 ? 'no line has an outcome' : parts.join(' · ')
}

/** How much of the runbook anybody looked at. */
export function coverageInWords({ lines, evaluated, attested, unlooked }: Report['coverage']): string {
  return `${evaluated} of ${plural(lines, 'line')} evaluated by checks, ${attested} signed by people, ${unlooked} looked at by nobody`
}

/** How many lines got an answer from a stand-in. */
export function simulatedCount({ checks }: Pick<Report, 'checks'>): number {
  return checks.filter(({ evidence }) => evidence.some(({ origin }) => origin === 'simulated')).length
}
