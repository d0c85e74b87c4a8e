import { NOT_SELECTED } from './assemble.ts'
import type { CheckEntry, Report } from './model.ts'
import { courseWords } from './settled-words.ts'
import { excerpt } from './text.ts'
import { failureWords } from './words.ts'
import { type Element, element, xmlDocument } from './xml.ts'

/** A report is read here by machines that show little: the whole evidence stands in report.json. */
const EVIDENCE = { lines: 40, chars: 4_000 } as const

/**
 * JUnit XML: a test suite for each suite of the runbook. A failed line is a failure; one that could not be observed or was not
 * reached is an error, so that no CI counts it as green; skipped, waived and pending lines are skipped with their reason.
 */
export function renderJunit(report: Report): string {
  const selected = report.checks.filter(({ reason, outcome }) => outcome !== null || reason !== NOT_SELECTED)
  const suites = [...Map.groupBy(selected, ({ suite }) => suite)].map(([suite, entries]) => testsuite(suite, entries, report))
  const name = [report.run.selection, `runbook on ${report.target.name}`].filter((part) => part !== '').join(' — ')
  return xmlDocument(element('testsuites', { name, ...totals(selected), time: seconds(report.run.durationMs) }, ...suites))
}

function testsuite(suite: string, entries: readonly CheckEntry[], { run, target }: Report): Element {
  const time = seconds(entries.reduce((sum, { durationMs }) => sum + durationMs, 0))
  const properties = { target: target.name, environment: target.environment, ticket: run.ticket, commit: run.commit, run: run.id }
  return element(
    'testsuite',
    { name: suite, ...totals(entries), time, timestamp: run.startedAt.slice(0, 19) },
    element('properties', {}, ...Object.entries(properties).map(([name, value]) => element('property', { name, value }))),
    ...entries.map(testcase),
  )
}

function testcase(entry: CheckEntry): Element {
  const result = resultOf(entry)
  const attributes = { classname: entry.suite, name: `${entry.id} ${entry.title}`, time: seconds(entry.durationMs) }
  return result === undefined ? element('testcase', attributes) : element('testcase', attributes, result)
}

function resultOf(entry: CheckEntry): Element | undefined {
  const { outcome, reason, cause, severity } = entry
  switch (outcome) {
    case 'passed':
      return undefined
    case 'failed':
      return element('failure', { type: severity, message: headlineOf(entry) }, details(entry))
    case 'unobserved':
      return element('error', { type: 'unobserved', message: cause?.text ?? reason }, details(entry))
    case null:
      return element('error', { type: 'not-reached', message: 'the run ended before this line was reached' })
    default:
      return element('skipped', { message: `${outcome}: ${reason}` })
  }
}

function headlineOf({ failure, reason }: CheckEntry): string {
  return failure === null ? reason : failureWords(failure).headline
}

function details({ failure, evidence, remedy, escalation, settled }: CheckEntry): string {
  const { problems, detail, expected, actual } = failureWords(failure ?? { message: '', expected: '', actual: '' })
  const parts = [
    ...problems.map((problem) => `- ${problem}`),
    detail,
    expected === '' ? '' : `expected: ${expected}`,
    actual === '' ? '' : `received: ${actual}`,
    settled === undefined ? '' : `over time: ${courseWords(settled)}`,
    ...evidence.flatMap(({ access, reproduce, raw }) => [`${access}\n$ ${reproduce}`, excerpt(raw, EVIDENCE)]),
    `remedy: ${remedy}`,
    escalation === null ? '' : `escalation: ${escalation.contact} (${escalation.responseTime})`,
  ]
  return parts.filter((part) => part !== '').join('\n')
}

function totals(entries: readonly CheckEntry[]): Record<'tests' | 'failures' | 'errors' | 'skipped', number> {
  const count = (...outcomes: CheckEntry['outcome'][]): number =>
    entries.filter(({ outcome }) => outcomes.includes(outcome)).length
  return {
    tests: entries.length,
    failures: count('failed'),
    errors: count('unobserved', null),
    skipped: count('skipped', 'waived', 'pending'),
  }
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3)
}
