import { failuresOf, groupByCause } from './assemble.ts'
import type { Report } from './model.ts'
import { visible } from './text.ts'
import { failureWords } from './words.ts'

/** GitHub shows at most ten annotations of a kind in one step; the rest would be dropped without a word. */
const SHOWN = 10

/** Workflow commands of GitHub Actions: an error for each failed line, a warning for each root cause of blindness. */
export function renderAnnotations(report: Report): string {
  const errors = failuresOf(report).map(({ id, title, failure, reason }) =>
    command('error', `${id} ${title}`, failure === null ? reason : inFull(failureWords(failure))),
  )
  const warnings = groupByCause(report).map(({ cause, dependants }) =>
    command('warning', `unobserved: ${dependants.map(({ id }) => id).join(', ')}`, cause.text),
  )
  return [...limited('error', errors), ...limited('warning', warnings)].map((line) => `${line}\n`).join('')
}

function inFull({ headline, problems }: ReturnType<typeof failureWords>): string {
  return [headline, ...problems.map((problem) => `- ${problem}`)].join('\n')
}

function limited(kind: 'error' | 'warning', commands: readonly string[]): string[] {
  if (commands.length <= SHOWN) return [...commands]
  const rest = commands.length - SHOWN + 1
  return [...commands.slice(0, SHOWN - 1), command(kind, `${rest} more`, 'see summary.md or index.html of the run')]
}

function command(kind: 'error' | 'warning', title: string, message: string): string {
  return `::${kind} title=${escapeProperty(title)}::${escapeData(message)}`
}

function escapeData(text: string): string {
  return visible(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
