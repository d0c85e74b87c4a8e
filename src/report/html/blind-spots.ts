import type { VNode } from 'preact'
import { type CauseGroup, groupByCause } from '../assemble.ts'
import type { CheckEntry, Report } from '../model.ts'
import { plural, visibleLine } from '../text.ts'
import { h } from './element.ts'
import { lineLink, prose, section, severityTag, table } from './parts.ts'

/** What could not be observed: each root cause once, with all the lines that it kept from looking. */
export function blindSpots(report: Report): VNode | null {
  return section('unobserved', 'Could not be observed', groupByCause(report).map(causeCard))
}

function causeCard({ cause, dependants, failed }: CauseGroup): VNode {
  return h(
    'article',
    { class: 'card unobserved' },
    h('header', null, h('h3', { class: 'cause' }, prose(cause.text))),
    failed.length === 0
      ? null
      : h(
          'p',
          null,
          'Failed on the same: ',
          failed.map(({ id }) => [lineLink(id), ' ']),
        ),
    h('h4', null, `${plural(dependants.length, 'line')} unobserved because of it`),
    h(
      'ul',
      null,
      dependants.map((entry) => h('li', null, lineLink(entry.id), ' ', severityTag(entry), ' ', visibleLine(entry.title))),
    ),
  )
}

/** What people must sign, and what they have signed. */
export function signatures({ checks }: Report): VNode | null {
  const rows = checks.filter(({ outcome, attestation }) => outcome === 'pending' || attestation !== null)
  if (rows.length === 0) return null
  return section(
    'signatures',
    'Signed by people, since no program can see it',
    table(
      ['Line', 'Sentence', 'Signature'],
      rows.map((entry) => [lineLink(entry.id), visibleLine(entry.title), signature(entry)]),
    ),
  )
}

function signature({ outcome, reason, attestation }: CheckEntry): string {
  if (attestation === null) return 'outstanding'
  return outcome === 'pending' ? `outstanding: ${reason}` : `${reason} — ${attestation.note}`
}

/** What was accepted although it failed or could not be seen. */
export function waivers({ checks }: Report): VNode | null {
  const rows = checks.flatMap((entry) =>
    entry.outcome === 'waived' && entry.waiver !== null ? [{ entry, waiver: entry.waiver }] : [],
  )
  if (rows.length === 0) return null
  return section(
    'waived',
    'Waived',
    table(
      ['Line', 'Sentence', 'Justification', 'Risk', 'Approved by', 'Expires'],
      rows.map(({ entry, waiver }) => [
        lineLink(entry.id),
        visibleLine(entry.title),
        waiver.justification,
        waiver.risk,
        waiver.approvedBy,
        h('span', { class: 'nowrap' }, waiver.expires),
      ]),
    ),
  )
}
