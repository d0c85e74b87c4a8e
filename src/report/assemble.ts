import { type Cause, OUTCOMES, type Outcome } from '../outcome.ts'
import type { CheckEntry, Report } from './model.ts'

type Severity = CheckEntry['severity']

/** The reason of an entry that the run was not asked for; every other entry without outcome was not reached. */
export const NOT_SELECTED = 'not selected'
const SEVERITIES: readonly Severity[] = ['critical', 'major', 'minor']

/** How many lines ended how. */
export function countsOf(checks: readonly CheckEntry[]): Record<Outcome, number> {
  const counts = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>
  for (const { outcome } of checks) if (outcome !== null) counts[outcome] += 1
  return counts
}

/** Of all lines of the runbook: how many a check has judged, how many a person has signed, and how many nobody looked at. */
export function coverageOf(checks: readonly CheckEntry[]): Report['coverage'] {
  const attested = checks.filter(isSigned).length
  const evaluated = checks.filter(isEvaluated).length
  return { lines: checks.length, evaluated, attested, unlooked: checks.length - evaluated - attested }
}

function isSigned({ outcome, attestation }: CheckEntry): boolean {
  return outcome === 'passed' && attestation !== null
}

function isEvaluated(entry: CheckEntry): boolean {
  if (entry.outcome === 'waived') return entry.failure !== null
  return entry.outcome === 'failed' || (entry.outcome === 'passed' && !isSigned(entry))
}

/** What the verdict depends on besides the checks. */
export interface Ending {
  /** An unobserved line of at least this severity makes the run inconclusive. */
  readonly failOn: Severity
  readonly requireAttestations: boolean
  readonly interrupted: boolean
}

/** The verdict in a word and as exit code; where several apply, the first of interrupted, failed, inconclusive, pending. */
export function verdictOf(
  { checks }: Pick<Report, 'checks'>,
  ending: Ending,
): { readonly verdict: Report['verdict']; readonly exitCode: number } {
  if (ending.interrupted) return { verdict: 'interrupted', exitCode: 130 }
  if (checks.some(({ outcome }) => outcome === 'failed')) return { verdict: 'failed', exitCode: 1 }
  if (isInconclusive(checks, ending.failOn)) return { verdict: 'inconclusive', exitCode: 3 }
  const isOutstanding = checks.some(({ outcome }) => outcome === 'pending')
  if (ending.requireAttestations && isOutstanding) return { verdict: 'pending', exitCode: 4 }
  return { verdict: 'passed', exitCode: 0 }
}

function isInconclusive(checks: readonly CheckEntry[], failOn: Severity): boolean {
  if (coverageOf(checks).evaluated === 0) return true
  const counting = SEVERITIES.slice(0, SEVERITIES.indexOf(failOn) + 1)
  return checks.some((entry) => isBlind(entry) && (counting.includes(entry.severity) || concernsWholeRun(entry.cause)))
}

function isBlind({ outcome, reason }: CheckEntry): boolean {
  return outcome === 'unobserved' || (outcome === null && reason !== NOT_SELECTED)
}

/** The target could not be opened, or the suite itself broke: nothing is known, whatever the severity of what was to come. */
function concernsWholeRun(cause: Cause | null): boolean {
  return cause !== null && /^(?:target:|suites$)/.test(cause.id)
}

/** One thing that kept checks from looking, with all that it kept. */
export interface CauseGroup {
  readonly cause: Cause
  readonly dependants: readonly CheckEntry[]
  /** Lines that failed on the very same thing: those that promise it. */
  readonly failed: readonly CheckEntry[]
}

/** What was not observed, by root cause: the cause with the gravest and most dependants first. */
export function groupByCause({ checks }: Pick<Report, 'checks'>): CauseGroup[] {
  const unobserved = checks.filter(({ outcome }) => outcome === 'unobserved')
  const groups = [...Map.groupBy(unobserved, causeKey)].map(([key, dependants]) => ({
    cause: dependants[0]?.cause ?? { id: key, text: dependants[0]?.reason ?? '' },
    dependants: bySeverity(dependants),
    failed: checks.filter(({ outcome, cause }) => outcome === 'failed' && cause?.id === key),
  }))
  return groups.toSorted((a, b) => gravest(a) - gravest(b) || b.dependants.length - a.dependants.length)
}

function causeKey({ cause, reason }: CheckEntry): string {
  return cause?.id ?? reason
}

function gravest({ dependants }: CauseGroup): number {
  return Math.min(...dependants.map(({ severity }) => SEVERITIES.indexOf(severity)))
}

/** The gravest first, otherwise in the runbook's order. */
export function bySeverity(checks: readonly CheckEntry[]): CheckEntry[] {
  return checks.toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity))
}

/** What failed, the gravest first. */
export function failuresOf({ checks }: Pick<Report, 'checks'>): CheckEntry[] {
  return bySeverity(checks.filter(({ outcome }) => outcome === 'failed'))
}

/** Whom to call: the highest escalation level among the failures, or null where nothing failed. */
export function worstEscalation(report: Pick<Report, 'checks'>): { readonly entry: CheckEntry; readonly level: number } | null {
  const levels = failuresOf(report).map((entry) => ({ entry, level: entry.escalation?.level ?? 0 }))
  return levels.reduce<(typeof levels)[number] | null>((worst, one) => (one.level > (worst?.level ?? 0) ? one : worst), null)
}
