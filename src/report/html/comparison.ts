import type { VNode } from 'preact'
import { baselineWords, type ChangeGroup, changeCounts, changeGroups, changeShare, wasWords } from '../comparison-words.ts'
import type { ComparedMeasurement, Report } from '../model.ts'
import { amount, visibleLine } from '../text.ts'
import { type Content, h } from './element.ts'
import { lineLink, pill, section, table } from './parts.ts'

/** What changed since the baseline: the first section of the page, and none where nothing was compared. */
export function comparison(report: Report): VNode | null {
  const { comparison: compared, target } = report
  if (compared === undefined) return null
  const titles = new Map(report.checks.map(({ id, title }) => [id, title]))
  return section(
    'comparison',
    `Since ${compared.baseline.ticket || 'the baseline'}`,
    h(
      'p',
      null,
      `${sentence(changeCounts(compared))} Compared with ${baselineWords(compared, target.name)} (`,
      h('code', null, compared.baseline.report),
      ').',
    ),
    changeGroups(compared).map((group) => groupCard(group, titles)),
    compared.moved.length === 0
      ? null
      : h('div', { class: 'card' }, h('h3', null, 'Measurements that moved'), movedTable(compared.moved)),
  )
}

function groupCard({ kind, heading, lines }: ChangeGroup, titles: ReadonlyMap<string, string>): VNode {
  const colour = kind === 'newlyUnobserved' ? ' unobserved' : kind === 'fixed' ? '' : ' failed'
  return h(
    'div',
    { class: `card${colour}` },
    h('h3', null, heading),
    h(
      'ul',
      null,
      lines.map((line) =>
        h(
          'li',
          null,
          link(line.id, kind),
          ' ',
          visibleLine(titles.get(line.id) ?? ''),
          ' ',
          pill(line.now),
          h('span', { class: 'soft small' }, ` ${wasWords(line)}`),
        ),
      ),
    ),
  )
}

function link(id: string, kind: ChangeGroup['kind']): Content {
  return kind === 'newFailures' || kind === 'stillFailing' ? h('a', { class: 'id', href: `#failed-${id}` }, id) : lineLink(id)
}

function movedTable(moved: readonly ComparedMeasurement[]): VNode {
  return table(
    ['Line', 'Measured', 'Then', 'Now', 'Change', 'Limit'],
    moved.map(({ check, name, unit, was, now, limit }) => [
      lineLink(check),
      visibleLine(name),
      amount(was, unit),
      amount(now, unit),
      changeShare({ was, now }),
      limit === null ? 'none' : amount(limit, unit),
    ]),
    { numeric: ['Then', 'Now', 'Change', 'Limit'] },
  )
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
