import { type CauseGroup, failuresOf, groupByCause, worstEscalation } from './assemble.ts'
import { changeCounts } from './comparison-words.ts'
import type { CheckEntry, Evidence, Report } from './model.ts'
import { type Paint, painter, type Style } from './paint.ts'
import { courseWords, settleSentence } from './settled-words.ts'
import { signOffWarnings } from './sign-off-words.ts'
import { comparisonBlock } from './terminal-comparison.ts'
import { lossBlock, releaseBlock } from './terminal-release.ts'
import { settledBlock } from './terminal-settled.ts'
import { duration, excerpt, plural, visible, visibleLine } from './text.ts'
import { countsInWords, coverageInWords, failureWords, simulatedCount, verdictSentence } from './words.ts'

export interface TerminalOptions {
  readonly colour: boolean
  /** Where the report was written. */
  readonly directory: string
  /** Only the verdict and where the report lies. */
  readonly quiet?: boolean
}

/** How much of an answer the terminal shows; the report has it all. */
const EVIDENCE = { lines: 6, chars: 600 } as const
const SHOWN_PROBLEMS = 8
const SHOWN_IDS = 12
const SHOWN_FAILURES = 10

/** What the terminal shows when a run has ended: what changed since the baseline, failures, blind spots by cause, counts, where the report is, the verdict. */
export function endOfRun(report: Report, { colour, directory, quiet = false }: TerminalOptions): string {
  const paint = painter(colour)
  const blocks = quiet
    ? []
    : [
        signOffBlock(report, paint),
        comparisonBlock(report, paint),
        releaseBlock(report, paint),
        settledBlock(report, paint),
        ...failureBlocks(failuresOf(report), paint),
        ...causeBlocks(groupByCause(report), paint),
        lossBlock(report, paint),
        pendingBlock(report, paint),
      ]
  return `\n${[...blocks, closing(report, directory, paint)].filter((block) => block !== '').join('\n\n')}\n`
}

/** The gravest failures in full; where there are many, the rest in a line each, so that the verdict stays in sight. */
function failureBlocks(failures: readonly CheckEntry[], paint: Paint): string[] {
  const rest = failures.slice(SHOWN_FAILURES)
  const blocks = failures.slice(0, SHOWN_FAILURES).map((entry) => failureBlock(entry, paint))
  if (rest.length === 0) return blocks
  const lines = rest.map(({ id, severity, title }) => indent(`${paint('red', `✗ ${id}`)} ${severity}  ${visibleLine(title)}`))
  return [...blocks, [`${paint(['red', 'bold'], `${rest.length} more failed`)}, told in the report:`, ...lines].join('\n')]
}

function failureBlock(entry: CheckEntry, paint: Paint): string {
  const { id, severity, title, failure, reason, remedy, escalation } = entry
  const words = failureWords(failure ?? { message: reason, expected: '', actual: '' })
  const comparison = [labelled('expected', words.expected), labelled('received', words.actual)].filter((part) => part !== '')
  return [
    `${paint(['red', 'bold'], `✗ ${id}`)} ${paint('red', `failed, ${severity}`)}  ${paint('bold', visibleLine(title))}`,
    indent(words.headline),
    ...words.problems.slice(0, SHOWN_PROBLEMS).map((problem) => indent(`- ${visibleLine(problem)}`)),
    words.problems.length > SHOWN_PROBLEMS ? indent(`- and ${words.problems.length - SHOWN_PROBLEMS} more`) : '',
    indent(excerpt(words.detail, EVIDENCE)),
    ...comparison.map((part) => indent(part)),
    entry.settled === undefined ? '' : indent(`over time: ${courseWords(entry.settled)}`),
    ...shownEvidence(entry.evidence).map((evidence) => evidenceBlock(evidence, paint)),
    indent(`${paint('bold', 'do:')}   ${hanging(withoutFences(visible(remedy)))}`),
    escalation === null ? '' : indent(`${paint('bold', 'call:')} ${whom(escalation)}`),
  ]
    .filter((line) => line !== '')
    .join('\n')
}

/** The last attempt of each access, two at most: where many were read, the report shows them all. */
function shownEvidence(evidence: readonly Evidence[]): Evidence[] {
  const last = new Map(evidence.map((one) => [one.access, one]))
  return [...last.values()].slice(0, 2)
}

function evidenceBlock({ access, ms, origin, reproduce, raw }: Evidence, paint: Paint): string {
  const from = origin === 'simulated' ? ', simulated' : ''
  const answer = raw.trim() === '' ? '(an empty answer)' : excerpt(visible(raw).trim(), EVIDENCE)
  return [
    indent(paint('dim', `${visibleLine(access)}, ${duration(ms)}${from}`)),
    indent(paint('cyan', `$ ${visibleLine(reproduce)}`)),
    indent(answer, '    | '),
  ].join('\n')
}

/** A root cause with several dependants is a block of its own; those with one are a line each. */
function causeBlocks(groups: readonly CauseGroup[], paint: Paint): string[] {
  const shared = groups.filter(({ dependants }) => dependants.length > 1)
  const single = groups.filter(({ dependants }) => dependants.length === 1)
  const lines = single.map(({ cause, dependants: [entry] }) =>
    indent(`${paint('yellow', `? ${entry?.id}`)} ${entry?.severity}: ${visibleLine(cause.text)}`),
  )
  const heading = `${paint(['yellow', 'bold'], `? ${plural(single.length, 'line')} unobserved`)}, ${single.length === 1 ? '' : 'each '}for a reason of its own`
  return [...shared.map((group) => causeBlock(group, paint)), ...(lines.length === 0 ? [] : [[heading, ...lines].join('\n')])]
}

function causeBlock({ cause, dependants, failed }: CauseGroup, paint: Paint): string {
  const ids = dependants.map(({ id }) => id)
  const rest = ids.length > SHOWN_IDS ? ` and ${ids.length - SHOWN_IDS} more` : ''
  const also = failed.length === 0 ? '' : `; ${failed.map(({ id }) => id).join(', ')} failed on it`
  return [
    `${paint(['yellow', 'bold'], `? ${plural(dependants.length, 'line')} unobserved`)}, because`,
    indent(visible(cause.text)),
    indent(paint('dim', `${ids.slice(0, SHOWN_IDS).join(', ')}${rest}${also}`)),
  ].join('\n')
}

/** What of the sign-offs needs somebody's eye, before everything else. */
function signOffBlock(report: Report, paint: Paint): string {
  return signOffWarnings(report)
    .map((warning) => `${paint(['yellow', 'bold'], '!')} ${visibleLine(warning)}`)
    .join('\n')
}

function pendingBlock({ checks }: Report, paint: Paint): string {
  const pending = checks.filter(({ outcome }) => outcome === 'pending')
  if (pending.length === 0) return ''
  const ids = pending.slice(0, SHOWN_IDS).map(({ id }) => id)
  const rest = pending.length > SHOWN_IDS ? ` and ${pending.length - SHOWN_IDS} more` : ''
  return `${paint('bold', `… ${plural(pending.length, 'line')} to be signed by a person`)}\n${indent(`${ids.join(', ')}${rest}`)}`
}

function closing(report: Report, directory: string, paint: Paint): string {
  const { counts, coverage, run, verdict, target } = report
  const simulated = simulatedCount(report)
  const worst = worstEscalation(report)
  return [
    run.selection === '' ? '' : paint(['yellow', 'bold'], visibleLine(run.selection)),
    `${countsInWords(counts)} in ${duration(run.durationMs)}`,
    `${coverageInWords(coverage)}${simulated === 0 ? '' : `; ${plural(simulated, 'line')} answered by stand-ins (simulated)`}`,
    settleSentence(report),
    report.comparison === undefined
      ? ''
      : `since ${report.comparison.baseline.ticket || 'the baseline'}: ${changeCounts(report.comparison)}`,
    `report: ${directory}/index.html`,
    worst?.entry.escalation == null ? '' : `call for ${worst.entry.id}: ${whom(worst.entry.escalation)}`,
    `${paint(verdictStyle(verdict), verdict.toUpperCase())} on ${target.name}: ${verdictSentence(report)}${run.exitCode === null ? '' : ` (exit ${run.exitCode})`}`,
  ]
    .filter((line) => line !== '')
    .join('\n')
}

function verdictStyle(verdict: Report['verdict']): Style {
  if (verdict === 'passed') return ['green', 'bold']
  return verdict === 'failed' ? ['red', 'bold'] : ['yellow', 'bold']
}

function whom({ contact, responseTime, level, name, channels }: NonNullable<CheckEntry['escalation']>): string {
  return visibleLine(`${contact}, ${responseTime} (level ${level}, ${name}) — ${channels.join(', ')}`)
}

function labelled(label: string, text: string): string {
  return text === '' ? '' : `${label}: ${hanging(excerpt(text, EVIDENCE))}`
}

function hanging(text: string): string {
  return text.replaceAll('\n', '\n      ')
}

/** The remedy's Markdown as it reads in a terminal: commands stand out by the `$`, not by a fence. */
function withoutFences(markdown: string): string {
  const commands = (_fence: string, code: string): string => code.trimEnd().replace(/^(?=\S)/gm, '$ ')
  return markdown.replace(/^```.*\n([\s\S]*?)^```$/gm, commands).replace(/\n{2,}/g, '\n')
}

function indent(text: string, prefix = '  '): string {
  return text === '' ? '' : text.replace(/^/gm, prefix)
}
