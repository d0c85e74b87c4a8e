import type { VNode } from 'preact'
import { cap } from '../../redact.ts'
import type { CheckEntry, Evidence, Report } from '../model.ts'
import { duration, visible, visibleLine } from '../text.ts'
import { type Content, h } from './element.ts'
import { lineLink, shell, time } from './parts.ts'

/** All raw answers together stay below this, so that the page stays below 1.5 MB; report.json has them whole. */
const RAW_BUDGET_BYTES = 800_000
const CAPS = [16_384, 8_192, 4_096, 2_048, 1_024, 512, 256] as const
/** A shorter answer is rather repeated than linked to. */
const WORTH_A_LINK = 300

/** How evidence is shown in one page: how much of each answer, and which answers stand already elsewhere. */
export interface EvidenceView {
  readonly capBytes: number
  /** Where the same observation is first shown. */
  readonly shownAt: Map<string, string>
}

/** The view for a report: the greatest cap at which all raw answers together fit into the page. */
export function evidenceView({ checks }: Pick<Report, 'checks'>): EvidenceView {
  const answers = checks.flatMap(({ evidence }) => condensed(evidence).map(({ last }) => costOf(last.raw)))
  const total = (capBytes: number): number =>
    answers.reduce((sum, { bytes, weight }) => sum + Math.min(bytes, capBytes) * weight, 0)
  const capBytes = CAPS.find((candidate) => total(candidate) <= RAW_BUDGET_BYTES) ?? 128
  return { capBytes, shownAt: new Map() }
}

/** How long an answer is, and how many bytes each byte of it takes in the page: escaping and making visible lengthen it. */
function costOf(raw: string): { readonly bytes: number; readonly weight: number } {
  const sample = raw.slice(0, CAPS[0])
  const shown = visible(sample)
  const escaped = Buffer.byteLength(shown) + 5 * (shown.match(/["&<>]/g)?.length ?? 0)
  return { bytes: Buffer.byteLength(raw), weight: escaped / Math.max(1, Buffer.byteLength(sample)) }
}

interface Attempts {
  readonly first: Evidence
  readonly last: Evidence
  readonly count: number
}

/** Repeated looks at one thing while waiting for it, as one: how often, since when, and the last answer. */
export function condensed(evidence: readonly Evidence[]): Attempts[] {
  const runs: { first: Evidence; last: Evidence; count: number }[] = []
  for (const one of evidence) {
    const run = runs.at(-1)
    if (run !== undefined && run.last.access === one.access && one.attempt > run.last.attempt) {
      run.last = one
      run.count += 1
    } else runs.push({ first: one, last: one, count: 1 })
  }
  return runs
}

/** Everything that a check read: what, when, how long, the raw answer, and how to see the same. */
export function evidenceList(entry: CheckEntry, view: EvidenceView): Content {
  if (entry.evidence.length === 0) return null
  return condensed(entry.evidence).map((attempts) => evidenceItem(attempts, entry.id, view))
}

function evidenceItem({ first, last, count }: Attempts, id: string, view: EvidenceView): VNode {
  return h(
    'div',
    null,
    h(
      'h5',
      null,
      visibleLine(last.access),
      last.origin === 'simulated' ? [' ', h('span', { class: 'tag simulated' }, 'simulated')] : null,
    ),
    h(
      'p',
      { class: 'soft small' },
      time(last.startedAt),
      `, ${duration(last.ms)}, probe ${last.probe}`,
      count === 1 ? null : [`; ${count} attempts since `, time(first.startedAt), ', this is the last'],
    ),
    rawAnswer(last, id, view),
    shell(last.reproduce),
  )
}

function rawAnswer(evidence: Evidence, id: string, { shownAt, capBytes }: EvidenceView): VNode {
  const { raw, access, startedAt } = evidence
  if (raw.trim() === '') return h('p', { class: 'soft small' }, 'The answer was empty.')
  const key = JSON.stringify([access, startedAt, raw.length])
  const elsewhere = shownAt.get(key)
  if (elsewhere !== undefined && elsewhere !== id && raw.length > WORTH_A_LINK) {
    return h(
      'p',
      { class: 'soft small' },
      'One observation of the run serves several lines; the answer is shown at ',
      lineLink(elsewhere),
      '.',
    )
  }
  shownAt.set(key, id)
  return h('pre', { class: 'raw', tabindex: 0 }, cap(raw.trimEnd(), capBytes))
}
