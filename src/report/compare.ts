import type { CheckEntry, ComparedLine, ComparedMeasurement, Comparison, Report } from './model.ts'
import { hasMoved } from './noise.ts'

type Found = 'passed' | 'failed' | 'unobserved' | undefined

/** What became better or worse since the baseline, whose report lies at `where`. */
export function compare(report: Report, baseline: Report, where: string): Comparison {
  const before = new Map(baseline.checks.map((entry) => [entry.id, entry]))
  const pairs = report.checks.map((after) => ({ after, before: before.get(after.id) }))
  const lines = (holds: (was: Found, now: Found) => boolean): ComparedLine[] =>
    pairs.flatMap(({ before, after }) =>
      after.outcome !== null && holds(foundBy(before), foundBy(after))
        ? [{ id: after.id, was: before?.outcome ?? null, now: after.outcome }]
        : [],
    )
  return {
    baseline: describeBaseline(baseline, where),
    newFailures: lines((was, now) => now === 'failed' && was !== 'failed'),
    fixed: lines((was, now) => was === 'failed' && now === 'passed'),
    stillFailing: lines((was, now) => was === 'failed' && now === 'failed'),
    newlyUnobserved: lines((was, now) => now === 'unobserved' && isJudged(was)),
    moved: movedMeasurements(report, baseline),
    notCompared: pairs.filter(({ before, after }) => isJudged(foundBy(before)) && foundBy(after) === undefined).length,
  }
}

/** What was found, whether or not it was accepted: a waived failure that is still there is nothing new. */
function foundBy(entry: CheckEntry | undefined): Found {
  switch (entry?.outcome) {
    case 'passed':
    case 'failed':
    case 'unobserved':
      return entry.outcome
    case 'waived':
      return entry.failure === null ? 'unobserved' : 'failed'
    default:
      return undefined
  }
}

function isJudged(found: Found): boolean {
  return found === 'passed' || found === 'failed'
}

function describeBaseline({ run, target, verdict }: Report, where: string): Comparison['baseline'] {
  const { id, startedAt, ticket, selection } = run
  return { id, startedAt, target: target.name, ticket, verdict, selection, report: where }
}

/** The figures that moved, the greatest change first. */
function movedMeasurements(report: Report, baseline: Report): ComparedMeasurement[] {
  const before = new Map(baseline.measurements.map((one) => [one.id, one]))
  const moved = report.measurements.flatMap((after) => {
    const earlier = before.get(after.id)
    if (earlier === undefined || earlier.unit !== after.unit || !hasMoved(earlier, after)) return []
    const { id, check, name, unit, limit } = after
    return [{ id, check, name, unit, was: earlier.value, now: after.value, limit }]
  })
  return moved.toSorted((a, b) => magnitude(b) - magnitude(a))
}

/** How many times the one is the other, as a logarithm: half as much is as far as twice as much. */
function magnitude({ was, now }: ComparedMeasurement): number {
  return Math.abs(Math.log(Math.abs(now) || Number.MIN_VALUE) - Math.log(Math.abs(was) || Number.MIN_VALUE))
}
