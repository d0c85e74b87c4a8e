import type { BoundLine } from '../bind.ts'
import { SEVERITIES } from '../runbook.ts'
import { generatedFrom, lineLink, markdownTable, page } from './markdown.ts'

/** docs/runbook/README.md: every line with its severity, when it is due, its escalation level, and the check that looks at it. */
export function indexPage(bound: readonly BoundLine[]): string {
  const suites = [...Map.groupBy(bound, ({ line }) => line.suite)]
  const signed = bound.filter(({ check }) => check === undefined).length
  const bySeverity = SEVERITIES.map((severity) => `${bound.filter(({ line }) => line.severity === severity).length} ${severity}`)
  return page(
    '# The runbook',
    generatedFrom('docs/runbook/*.md and suites/'),
    `${bound.length} lines (${bySeverity.join(', ')}): ${bound.length - signed} looked at by checks, ${signed} signed by people.`,
    markdownTable(
      ['Chapter', 'Lines'],
      suites.map(([suite, lines]) => [`[${suite}](${suite}.md)`, String(lines.length)]),
    ),
    ...suites.flatMap(([suite, lines]) => [`## ${suite}`, table(lines)]),
  )
}

function table(lines: readonly BoundLine[]): string {
  return markdownTable(
    ['Line', 'Sentence', 'Severity', 'Due', 'Level', 'Looked at by'],
    lines.map(({ line, check }) => [
      lineLink(line.id, line.suite, ''),
      line.sentence,
      line.severity,
      line.when.join(', '),
      String(line.escalation),
      check === undefined ? `a person, for ${line.attestedDays} days` : checkLink(check.location),
    ]),
  )
}

/** The file without the line number: that changes with every edit above it. */
function checkLink(location: string): string {
  const file = location.replace(/:\d+$/, '')
  return `[${file.replace(/^suites\//, '')}](../../${file})`
}
