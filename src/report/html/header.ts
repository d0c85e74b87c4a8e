import type { VNode } from 'preact'
import { worstEscalation } from '../assemble.ts'
import { changeCounts } from '../comparison-words.ts'
import type { Report } from '../model.ts'
import { signOffSources, signOffWarnings } from '../sign-off-words.ts'
import { duration, plural, visibleLine } from '../text.ts'
import { coverageInWords, READING_ORDER, simulatedCount, verdictSentence } from '../words.ts'
import { type Content, h } from './element.ts'
import { facts, lineLink, pill, time } from './parts.ts'

/** A release may be told by dozens of digests and hashes. */
const SHOWN_RELEASE_FACTS = 4

/** The head of the page: verdict, what of, where, when, by whom, and how much of the runbook it covers. */
export function banner(report: Report): VNode {
  const { verdict, target, run } = report
  return h(
    'header',
    { class: `banner ${verdict}` },
    h(
      'div',
      null,
      run.selection === '' ? null : h('p', { class: 'partial' }, visibleLine(run.selection)),
      h('p', { class: 'kicker' }, ticketWords(run.ticket), 'Deployment runbook, ', time(run.startedAt)),
      h('div', { class: 'verdict' }, h('h1', null, visibleLine(target.name)), pill(verdict, 'stamp')),
      h('p', { class: 'lead' }, verdictSentence(report)),
      signOffWarnings(report).map((warning) => h('p', { class: 'callout' }, visibleLine(warning))),
      changes(report),
      landed(report),
      callout(report),
      overview(report),
      headFacts(report),
      target.notes.length === 0
        ? null
        : h(
            'ul',
            { class: 'notes' },
            target.notes.map((note) => h('li', null, note)),
          ),
      contents(report),
    ),
  )
}

function ticketWords(ticket: string): Content {
  return ticket === '' ? 'No change ticket. ' : [h('strong', null, visibleLine(ticket)), ' · ']
}

function changes({ comparison }: Report): Content {
  if (comparison === undefined) return null
  const since = comparison.baseline.ticket || 'the baseline'
  return h(
    'p',
    { class: 'lead' },
    `Since ${visibleLine(since)}: `,
    h('a', { href: '#comparison' }, changeCounts(comparison)),
    '.',
  )
}

function landed({ releaseComparison }: Report): Content {
  if (releaseComparison === undefined) return null
  return h('p', { class: 'lead' }, h('a', { href: '#release' }, visibleLine(releaseComparison.sentence)))
}

function callout(report: Report): Content {
  const worst = worstEscalation(report)?.entry
  const escalation = worst?.escalation
  if (worst === undefined || escalation == null) return null
  const { contact, responseTime, level, name, channels } = escalation
  return h(
    'p',
    { class: 'callout' },
    'Call for ',
    lineLink(worst.id),
    ': ',
    h('strong', null, visibleLine(contact)),
    `, ${responseTime} (level ${level}, ${name}). ${visibleLine(channels.join(', '))}`,
  )
}

/** The outcomes as one bar and in numbers. */
function overview({ checks, counts, coverage }: Report): VNode {
  const present = READING_ORDER.filter((outcome) => (counts[outcome] ?? 0) > 0)
  const without = checks.filter(({ outcome }) => outcome === null).length
  const segments = [
    ...present.map((outcome) => ({ name: outcome as string, count: counts[outcome] ?? 0 })),
    { name: 'none', count: without },
  ]
  const total = Math.max(1, checks.length)
  let x = 0
  const rects = segments.map(({ name, count }) => {
    const width = (count / total) * 1_000
    x += width
    return h('rect', {
      class: `seg-${name}`,
      x: (x - width).toFixed(1),
      y: 0,
      width: Math.max(0, width - 2).toFixed(1),
      height: 12,
    })
  })
  const links: Readonly<Record<string, string>> = {
    failed: '#failed',
    unobserved: '#unobserved',
    pending: '#signatures',
    waived: '#waived',
  }
  return h(
    'div',
    { class: 'overview' },
    h('svg', { viewBox: '0 0 1000 12', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, rects),
    h(
      'ul',
      { class: 'counts' },
      present.map((outcome) =>
        h('li', null, h('a', { href: links[outcome] ?? '#runbook' }, pill(outcome), `${counts[outcome]}`)),
      ),
      without === 0 ? null : h('li', null, pill('without outcome'), String(without)),
    ),
    h('p', { class: 'soft small' }, `${coverageInWords(coverage)}.`),
  )
}

function headFacts(report: Report): VNode {
  const { run, target } = report
  const simulated = simulatedCount(report)
  const skipped = report.counts.skipped ?? 0
  return facts(
    [
      ['Target', [...new Set([target.name, target.kind, target.environment])].join(', ')],
      ['Allowed effects', target.allows.join(', ')],
      ['Started', time(run.startedAt)],
      ['Finished', run.finishedAt === null ? 'not yet, or it was killed' : time(run.finishedAt)],
      ['Took', duration(run.durationMs)],
      ['Run by', `${visibleLine(run.operator)} from ${visibleLine(run.origin)}`],
      [
        'Runbook commit',
        [h('code', null, run.commit.slice(0, 12) || 'unknown'), run.dirty ? ', with uncommitted changes' : ', clean'],
      ],
      [
        'Versions',
        Object.entries(run.versions)
          .map(([name, version]) => `${name} ${version}`)
          .join(', '),
      ],
      ['Run', h('code', null, run.id)],
      ['Exit code', run.exitCode === null ? '' : String(run.exitCode)],
      ['Released there', released(target.release)],
      ['Signed in', signOffSources(report).map((source) => h('div', null, visibleLine(source)))],
      ['Simulated', simulated === 0 ? '' : `${plural(simulated, 'line')} answered by stand-ins, marked so`],
      ['Skipped', skipped === 0 ? '' : `${plural(skipped, 'line')} cannot apply to this target`],
    ].filter(([, content]) => !Array.isArray(content) || content.length > 0) as [string, Content][],
  )
}

/** What is released, as far as it fits into the head; the provenance has it all. */
function released(release: Report['target']['release']): Content {
  const facts = Object.entries(release)
  const shown = facts.slice(0, SHOWN_RELEASE_FACTS).map(([name, version]) => h('div', null, `${name} ${shortened(version)}`))
  const rest = facts.length - shown.length
  return rest > 0 ? [...shown, h('div', null, h('a', { href: '#provenance' }, `and ${rest} more`))] : shown
}

/** A digest is known by its first characters. */
function shortened(version: string): string {
  return version.replace(/\b([0-9a-f]{12})[0-9a-f]{20,}/g, '$1…')
}

function contents({ checks, measurements, timeline, comparison, settle, releaseComparison, rollbackLoss }: Report): VNode {
  const has = (outcome: string): boolean => checks.some((entry) => entry.outcome === outcome)
  const links: readonly (readonly [boolean, string, string])[] = [
    [comparison !== undefined, 'comparison', 'What changed'],
    [releaseComparison !== undefined, 'release', 'How far the deploy got'],
    [settle !== undefined, 'settled', 'While it settled'],
    [has('failed'), 'failed', 'Failed'],
    [has('unobserved'), 'unobserved', 'Could not be observed'],
    [rollbackLoss !== undefined, 'rollback-loss', 'If you roll back now'],
    [has('pending') || checks.some(({ attestation }) => attestation !== null), 'signatures', 'Signatures'],
    [has('waived'), 'waived', 'Waived'],
    [true, 'runbook', 'The whole runbook'],
    [measurements.length > 0, 'measurements', 'Measurements'],
    [measurements.some(({ name }) => /^rollback\.r[tp]o\b/.test(name)), 'objectives', 'Recovery'],
    [timeline.length > 0, 'recovery', 'Timeline'],
    [true, 'provenance', 'Limits, connections, inputs'],
  ]
  return h(
    'nav',
    { class: 'toc', 'aria-label': 'Contents' },
    links.filter(([isThere]) => isThere).map(([, id, text]) => h('a', { href: `#${id}` }, text)),
  )
}
