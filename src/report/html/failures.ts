import type { VNode } from 'preact'
import { failuresOf } from '../assemble.ts'
import type { CheckEntry, Report } from '../model.ts'
import { amount, visibleLine } from '../text.ts'
import { type FailureWords, failureWords } from '../words.ts'
import { type Content, h } from './element.ts'
import { type EvidenceView, evidenceList } from './evidence.ts'
import { outcomePill, section, severityTag } from './parts.ts'
import { remedy } from './remedy.ts'
import { courseOf } from './settled.ts'

/** From so many failures on, a list of them comes first. */
const WORTH_A_LIST = 4

/** What failed, the gravest first, each with cause, evidence, reproduce lines, remedy and escalation. */
export function failures(report: Report, view: EvidenceView): VNode | null {
  const failed = failuresOf(report)
  return section(
    'failed',
    'Failed',
    failed.length < WORTH_A_LIST ? null : listOf(failed),
    failed.map((entry) => failureCard(entry, view)),
  )
}

function listOf(failed: readonly CheckEntry[]): VNode {
  return h(
    'ol',
    { class: 'card list' },
    failed.map((entry) =>
      h(
        'li',
        null,
        h('a', { class: 'id', href: `#failed-${entry.id}` }, entry.id),
        severityTag(entry),
        h('span', null, visibleLine(entry.title)),
      ),
    ),
  )
}

function failureCard(entry: CheckEntry, view: EvidenceView): VNode {
  return h(
    'article',
    { class: 'card failed', id: `failed-${entry.id}`, 'aria-labelledby': `failed-${entry.id}-title` },
    cardHeader(entry),
    h('h4', null, 'Cause'),
    causeOf(entry),
    courseOf(entry),
    limitsOf(entry),
    entry.evidence.length === 0 ? null : h('h4', null, 'Evidence, and how to see the same'),
    h('div', null, evidenceList(entry, view)),
    h('h4', null, 'Remedy'),
    h('div', null, remedy(entry.remedy)),
    escalationOf(entry),
  )
}

function cardHeader(entry: CheckEntry): VNode {
  const { id, title, suite, section: source } = entry
  return h(
    'header',
    null,
    h(
      'p',
      { class: 'meta' },
      h('a', { class: 'id', href: `#${id}` }, id),
      outcomePill(entry),
      severityTag(entry),
      h('span', { class: 'soft small' }, `${suite} · ${source}`),
    ),
    h('h3', { id: `failed-${id}-title` }, visibleLine(title)),
  )
}

/** What was wanted and what came instead. */
export function causeOf({ failure, reason }: CheckEntry): Content {
  const words = failureWords(failure ?? { message: reason, expected: '', actual: '' })
  return [
    h('p', { class: 'cause' }, words.headline),
    words.problems.length === 0
      ? null
      : h(
          'ul',
          null,
          words.problems.map((problem) => h('li', null, problem)),
        ),
    words.detail === '' ? null : h('pre', { class: 'raw', tabindex: 0 }, words.detail),
    isTold(words)
      ? null
      : h(
          'dl',
          { class: 'compare' },
          h('dt', null, 'expected'),
          h('dd', null, words.expected),
          h('dt', null, 'received'),
          h('dd', null, words.actual),
        ),
  ]
}

/** Two short values that the headline names already need not be compared once more. */
function isTold({ headline, expected, actual }: FailureWords): boolean {
  return headline.includes(expected) && headline.includes(actual)
}

/** The limits that the check used. */
export function limitsOf({ limits }: CheckEntry): Content {
  if (limits.length === 0) return null
  const words = limits.map(({ name, value, unit, default: runbook, source }) =>
    value === runbook && source === 'runbook'
      ? `${name}: ${amount(value, unit)} (runbook)`
      : `${name}: ${amount(value, unit)} instead of the runbook's ${amount(runbook, unit)} (${source})`,
  )
  return [h('h4', null, limits.length === 1 ? 'Limit' : 'Limits'), words.map((text) => h('p', { class: 'small' }, text))]
}

/** Whom to call. */
export function escalationOf({ escalation }: CheckEntry): Content {
  if (escalation === null) return null
  const { contact, responseTime, level, name, channels } = escalation
  return [
    h('h4', null, 'Escalation'),
    h(
      'p',
      null,
      h('strong', null, visibleLine(contact)),
      `, ${responseTime} (level ${level}, ${name}). ${visibleLine(channels.join(', '))}`,
    ),
  ]
}
