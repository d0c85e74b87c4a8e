import { failuresOf } from '../report/assemble.ts'
import type { CheckEntry, Report } from '../report/model.ts'
import { visibleLine } from '../report/text.ts'
import { failureWords } from '../report/words.ts'

/** What was found is cut in a comment: the report tells it in full. */
const SHOWN_CHARS = 300
/** What somebody must still write before a waiver is one. */
const UNSIGNED = ['justification', 'approvedBy', 'expires', 'risk'] as const

/** A waivers file with an entry for each finding of a run, none of them signed: it is no waivers file before somebody has. */
export function waiverDraft(report: Report, where: string): string {
  const blind = report.checks.filter(({ outcome }) => outcome === 'unobserved')
  const entries = [...failuresOf(report), ...blind].map((entry) => draftEntry(entry, report.target.name))
  const head = [
    `# Draft of waivers for what ${visibleLine(where)} found on ${report.target.name}, ${report.run.startedAt.slice(0, 10)}.`,
    '# Remove what shall not be accepted. For the rest, whoever accepts the risk writes why, their name, until when (a UTC date, at most',
    '# 180 days away) and what may happen. Until all of that is there, this is no waivers file: a run refuses it.',
  ]
  return `${[...head, ...(entries.length === 0 ? ['[] # nothing failed, and nothing was unobserved'] : entries)].join('\n')}\n`
}

function draftEntry(entry: CheckEntry, target: string): string {
  const { id, severity, title, outcome } = entry
  return [
    '',
    `# ${id}, ${severity}: ${visibleLine(title)}`,
    `#   found: ${foundIn(entry)}`,
    `- check: ${id}`,
    `  outcome: ${outcome}`,
    `  target: ${target}`,
    ...UNSIGNED.map((key) => `  ${key}: ""`),
  ].join('\n')
}

function foundIn({ failure, reason, cause }: CheckEntry): string {
  const words = failure === null ? undefined : failureWords(failure)
  const text = words === undefined ? (cause?.text ?? reason) : [words.headline, ...words.problems].join('; ')
  return visibleLine(text).slice(0, SHOWN_CHARS)
}
