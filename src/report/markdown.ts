import { type CauseGroup, failuresOf, groupByCause, worstEscalation } from './assemble.ts'
import { baselineWords, changeCounts, changeGroups, movedWords, wasWords } from './comparison-words.ts'
import { lossParagraphs, releaseParagraphs } from './markdown-release.ts'
import type { CheckEntry, Evidence, Report } from './model.ts'
import { changedLines, courseWords, settleSentence } from './settled-words.ts'
import { signOffSources, signOffWarnings } from './sign-off-words.ts'
import { duration, excerpt, plural, utc, visible, visibleLine } from './text.ts'
import { countsInWords, coverageInWords, failureWords, READING_ORDER, simulatedCount, verdictSentence } from './words.ts'

const EVIDENCE = { lines: 20, chars: 1_500 } as const
/** GitHub takes a job summary of at most 1 MiB: beyond so many failures only the ids are listed. */
const SHOWN_FAILURES = 40

const MARKS: Readonly<Record<string, string>> = { passed: '✅', failed: '❌', inconclusive: '❓', pending: '✍️', interrupted: '⏹️' }

/** summary.md: GitHub-flavoured Markdown for a job summary or a ticket, failures first. */
export function renderMarkdown(report: Report): string {
  const failures = failuresOf(report)
  const sections = [
    head(report),
    ...comparisonSection(report),
    ...section('How far the deploy got', releaseParagraphs(report, inline)),
    ...settledSection(report),
    ...section('Failed', [...failures.slice(0, SHOWN_FAILURES).map(failureItem), moreFailures(failures)]),
    ...section('Could not be observed', groupByCause(report).map(causeItem)),
    ...section('If you roll back now', lossParagraphs(report, inline)),
    ...section('Waiting for a signature', linesWith(report, 'pending')),
    ...section('Waived', linesWith(report, 'waived')),
    table(report),
  ]
  return `${sections.filter((part) => part !== '').join('\n\n')}\n`
}

function section(heading: string, items: readonly string[]): string[] {
  const filled = items.filter((item) => item !== '')
  return filled.length === 0 ? [] : [`## ${heading}`, ...filled]
}

function head(report: Report): string {
  const { run, target, verdict, counts, coverage } = report
  const simulated = simulatedCount(report)
  const worst = worstEscalation(report)?.entry
  const rows = [
    `- Target: ${code(target.name)} (${target.kind}, ${inline(target.environment)}), allows ${target.allows.join(', ')}`,
    run.ticket === '' ? '' : `- Ticket: ${code(run.ticket)}`,
    `- ${countsInWords(counts)}`,
    `- ${coverageInWords(coverage)}`,
    simulated === 0 ? '' : `- ${plural(simulated, 'line')} answered by stand-ins (simulated)`,
    `- Commit ${code(run.commit)}${run.dirty ? ' with uncommitted changes' : ''}, run by ${inline(run.operator)} from ${inline(run.origin)}`,
    `- Started ${utc(run.startedAt)}, took ${duration(run.durationMs)}`,
    ...target.notes.map((note) => `- ${inline(note)}`),
    ...signOffSources(report).map((source) => `- ${inline(source)}`),
    worst?.escalation == null ? '' : `- **Call for ${worst.id}:** ${whom(worst.escalation)}`,
  ]
  return [
    `# ${MARKS[verdict] ?? ''} ${verdict.toUpperCase()}: runbook on ${inline(target.name)}`,
    run.selection === '' ? '' : `**${inline(run.selection)}**`,
    verdictSentence(report),
    signOffWarnings(report)
      .map((warning) => `- ⚠️ ${inline(warning)}`)
      .join('\n'),
    rows.filter((row) => row !== '').join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

/** What changed since the baseline, before everything else. */
function comparisonSection({ comparison, target, checks }: Report): string[] {
  if (comparison === undefined) return []
  const titles = new Map(checks.map(({ id, title }) => [id, title]))
  const groups = changeGroups(comparison).map(({ heading, lines }) => {
    const items = lines
      .slice(0, SHOWN_FAILURES)
      .map((line) => `- ${line.id}: ${inline(titles.get(line.id) ?? '')} — ${wasWords(line)}`)
    const rest = lines.length - items.length
    return `**${heading}**\n\n${items.join('\n')}${rest > 0 ? `\n- and ${rest} more, told in index.html` : ''}`
  })
  const moved = comparison.moved.slice(0, SHOWN_FAILURES).map((one) => `- ${one.check}: ${inline(movedWords(one))}`)
  const since = `${inline(changeCounts(comparison))}, compared with ${inline(baselineWords(comparison, target.name))}`
  return section('What changed', [
    since,
    ...groups,
    moved.length === 0 ? '' : `**Measurements that moved**\n\n${moved.join('\n')}`,
  ])
}

/** What did not stay as it was while the target was watched. */
function settledSection(report: Report): string[] {
  const items = changedLines(report).map(({ id, title, settled }) => `- ${id}: ${inline(title)} — ${courseWords(settled)}`)
  return section('While it settled', [settleSentence(report), items.slice(0, SHOWN_FAILURES).join('\n')])
}

function failureItem(entry: CheckEntry): string {
  const { id, title, severity, failure, reason, remedy, escalation } = entry
  const words = failureWords(failure ?? { message: reason, expected: '', actual: '' })
  const text = [
    words.headline,
    ...words.problems.map((problem) => `- ${problem}`),
    words.detail,
    words.expected === '' ? '' : `expected: ${words.expected}`,
    words.actual === '' ? '' : `received: ${words.actual}`,
  ]
  const last = [...new Map(entry.evidence.map((one) => [one.access, one])).values()]
  return [
    `### ${id} (${severity}): ${inline(title)}`,
    fenced(excerpt(text.filter((part) => part !== '').join('\n'), { lines: 40, chars: 3_000 })),
    entry.settled === undefined ? '' : `Over time: ${courseWords(entry.settled)}`,
    ...last.slice(0, 2).map(evidenceItem),
    `**Remedy:** ${visible(remedy)}`,
    escalation === null ? '' : `**Escalation:** ${whom(escalation)}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function evidenceItem({ access, reproduce, raw, ms, origin, startedAt }: Evidence): string {
  const from = origin === 'simulated' ? ', simulated' : ''
  const answer = `$ ${visibleLine(reproduce)}\n${excerpt(visible(raw), EVIDENCE)}`
  return `<details><summary>${inline(access)}, ${utc(startedAt)}, ${duration(ms)}${from}</summary>\n\n${fenced(answer)}\n\n</details>`
}

function moreFailures(failures: readonly CheckEntry[]): string {
  const rest = failures.slice(SHOWN_FAILURES)
  return rest.length === 0 ? '' : `And ${rest.length} more, told in index.html: ${rest.map(({ id }) => id).join(', ')}`
}

function causeItem({ cause, dependants, failed }: CauseGroup): string {
  const ids = dependants.map(({ id }) => id).join(', ')
  const also = failed.length === 0 ? '' : `; ${failed.map(({ id }) => id).join(', ')} failed on it`
  return `- ${inline(cause.text)}\n  ${plural(dependants.length, 'line')}: ${ids}${also}`
}

function linesWith({ checks }: Report, outcome: string): string[] {
  const items = checks
    .filter((entry) => entry.outcome === outcome)
    .map(({ id, title, reason }) => `- ${id}: ${inline(title)} — ${inline(reason)}`)
  return items.length === 0 ? [] : [items.join('\n')]
}

function table({ checks }: Report): string {
  const suites = [...Map.groupBy(checks, ({ suite }) => suite)]
  const rows = suites.map(([suite, entries]) => {
    const counts = READING_ORDER.map((outcome) => entries.filter((entry) => entry.outcome === outcome).length)
    return `| ${inline(suite)} | ${[...counts, entries.length].map((count) => (count === 0 ? '' : count)).join(' | ')} |`
  })
  const header = `| suite | ${READING_ORDER.join(' | ')} | lines |\n| --- |${' ---: |'.repeat(READING_ORDER.length + 1)}`
  return `## Suites\n\n${header}\n${rows.join('\n')}`
}

function whom({ contact, responseTime, level, channels }: NonNullable<CheckEntry['escalation']>): string {
  return inline(`${contact}, ${responseTime} (level ${level}); ${channels.join(', ')}`)
}

/** Text that came from anywhere, on one line, so that it is only text: no markup, no HTML, no mention, no issue link. */
function inline(text: string): string {
  return visibleLine(text)
    .replace(/[\\`*_[\]~|]/g, '\\$&')
    .replace(/^[-+>#]|^\d+(?=[.)])/, (start) => (/\d/.test(start) ? `${start}\u200b` : `\\${start}`))
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/[@#](?=\w)/g, '$&&#8203;')
    .replace(/:(?=\/\/)/g, ':&#8203;')
}

function code(text: string): string {
  const shown = visibleLine(text) || ' '
  const ticks = '`'.repeat(longestRun(shown) + 1)
  return `${ticks} ${shown} ${ticks}`.replace(/^(`+) ([^`].*[^`]) (`+)$/s, '$1$2$3')
}

function fenced(text: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1))
  return `${fence}text\n${text}\n${fence}`
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length))
}
