import type { VNode } from 'preact'
import { countsOf } from '../assemble.ts'
import type { CheckEntry, Report } from '../model.ts'
import { duration, visibleLine } from '../text.ts'
import { countsInWords, outcomeWord, READING_ORDER } from '../words.ts'
import { type Content, h } from './element.ts'
import { type EvidenceView, evidenceList } from './evidence.ts'
import { causeOf, escalationOf, limitsOf } from './failures.ts'
import { outcomePill, prose, section, table, time } from './parts.ts'
import { remedy } from './remedy.ts'
import { courseOf } from './settled.ts'

/** The whole runbook in its own order, a row a line, to be unfolded for what was seen. */
export function runbook(report: Report, view: EvidenceView): VNode | null {
  const suites = [...Map.groupBy(report.checks, ({ suite }) => suite)]
  return section(
    'runbook',
    'The whole runbook',
    matrix(suites, report.checks),
    h(
      'p',
      { class: 'on-paper soft small' },
      'On paper the evidence of lines that did not fail is left out; it is in report.json and in the page on a screen.',
    ),
    filter(),
    suites.map(([suite, entries]) => suiteBlock(suite, entries, view)),
  )
}

function matrix(suites: readonly (readonly [string, readonly CheckEntry[]])[], all: readonly CheckEntry[]): VNode {
  const columns = ['Suite', ...READING_ORDER, 'lines']
  const row = (name: Content, entries: readonly CheckEntry[]): Content[] => {
    const counts = countsOf(entries)
    return [name, ...READING_ORDER.map((outcome) => (counts[outcome] === 0 ? '·' : counts[outcome])), entries.length]
  }
  const rows = suites.map(([suite, entries]) => row(h('a', { href: `#suite-${suite}` }, suite), entries))
  return h(
    'div',
    { class: 'card' },
    table(columns, [...rows, row('all', all)], { numeric: columns.slice(1), caption: 'Lines by suite and outcome' }),
  )
}

/** Shows some lines only; the style sheet does it, since the page has no script. */
function filter(): VNode {
  const choice = (id: string, text: string, isFirst = false): VNode =>
    h('label', null, h('input', { type: 'radio', name: 'show', id, defaultChecked: isFirst, checked: isFirst }), ` ${text}`)
  return h(
    'fieldset',
    { class: 'filter' },
    h('legend', null, 'Show'),
    choice('show-all', 'every line', true),
    choice('show-open', 'only what failed, was not observed or waits'),
    choice('show-looked', 'without skipped lines'),
  )
}

function suiteBlock(suite: string, entries: readonly CheckEntry[], view: EvidenceView): VNode {
  return h(
    'section',
    { class: 'suite', id: `suite-${suite}`, 'aria-labelledby': `suite-${suite}-heading` },
    h(
      'div',
      { class: 'top' },
      h('h3', { id: `suite-${suite}-heading` }, suite),
      h('span', { class: 'soft small' }, countsInWords(countsOf(entries))),
    ),
    entries.map((entry) => lineRow(entry, view)),
  )
}

function lineRow(entry: CheckEntry, view: EvidenceView): VNode {
  const cells = [
    h('span', { class: 'id' }, entry.id),
    h('span', null, outcomePill(entry)),
    h('span', { class: 'title' }, visibleLine(entry.title), whyOf(entry)),
    h(
      'span',
      { class: 'side' },
      entry.durationMs > 0 ? h('span', null, duration(entry.durationMs)) : null,
      h('span', null, entry.severity),
    ),
  ]
  if (entry.outcome === null)
    return h('div', { class: `line bare unlooked ${classOf(entry)}`, id: entry.id }, h('span', { 'aria-hidden': 'true' }), cells)
  return h(
    'details',
    { class: `line ${classOf(entry)}`, id: entry.id },
    h('summary', null, cells),
    h('div', { class: 'body' }, bodyOf(entry, view)),
  )
}

function classOf(entry: CheckEntry): string {
  return outcomeWord(entry) === 'not reached' ? 'unreached' : (entry.outcome ?? '')
}

/** Why a line did not pass, in its row. */
function whyOf({ outcome, reason, evidence }: CheckEntry): Content {
  const isSimulated = evidence.some(({ origin }) => origin === 'simulated')
  const why =
    outcome === 'skipped' || outcome === 'unobserved' || outcome === 'pending' || outcome === 'waived' ? visibleLine(reason) : ''
  return [
    isSimulated ? [' ', h('span', { class: 'tag simulated' }, 'simulated')] : null,
    why === '' ? null : h('span', { class: 'why' }, why),
  ]
}

/** That the line can fail, and how that is known. */
function lastSeen({ lastSeenRed }: CheckEntry): Content {
  if (lastSeenRed === undefined) return null
  if (lastSeenRed === null) return ' Never seen red.'
  return [
    ' Last seen red ',
    time(lastSeenRed.at),
    ` on ${visibleLine(lastSeenRed.target)} by the fault ${visibleLine(lastSeenRed.fault)}.`,
  ]
}

function bodyOf(entry: CheckEntry, view: EvidenceView): Content {
  const { id, outcome, section: source, when, effects, attestation } = entry
  const head = h(
    'p',
    { class: 'soft small' },
    `Source: ${source}. Due: ${when.join(', ')}.${effects.length === 0 ? '' : ` Effects: ${effects.join(', ')}.`}`,
    lastSeen(entry),
  )
  if (outcome === 'failed')
    return [head, h('p', null, h('a', { href: `#failed-${id}` }, 'Cause, evidence, remedy and escalation are told above.'))]
  return [
    head,
    attestation === null
      ? null
      : h('p', null, `Signed by ${attestation.by} on ${attestation.at}, until ${attestation.until}: ${attestation.note}`),
    outcome === 'unobserved'
      ? [h('h4', null, 'Unobserved, because'), h('p', null, prose(entry.cause?.text ?? entry.reason))]
      : null,
    outcome === 'skipped' || outcome === 'pending' || outcome === 'waived' ? h('p', null, prose(entry.reason)) : null,
    outcome === 'waived' && entry.failure !== null ? [h('h4', null, 'Found'), causeOf(entry)] : null,
    courseOf(entry),
    limitsOf(entry),
    entry.evidence.length === 0 ? null : [h('h4', null, 'Evidence, and how to see the same'), evidenceList(entry, view)],
    outcome === 'passed' || outcome === 'skipped' ? null : [h('h4', null, 'Remedy'), remedy(entry.remedy), escalationOf(entry)],
  ]
}
