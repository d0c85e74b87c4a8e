import type { VNode } from 'preact'
import type { Matrix, MatrixLine } from '../matrix.ts'
import { matrixSentence, NO_OUTCOME, OUTCOME_GLYPHS } from '../matrix-words.ts'
import { duration, visibleLine } from '../text.ts'
import { countsInWords } from '../words.ts'
import { htmlDocument } from './document.ts'
import { type Content, fragment, h } from './element.ts'
import { pill, table, time } from './parts.ts'

/** matrix.html: outcome per line and target, with links into each target's own report. */
export function renderMatrixHtml(matrix: Matrix): string {
  const names = `${matrix.targets.length} targets`
  const title = [matrix.ticket, matrix.verdict.toUpperCase(), `runbook on ${names}`].filter((part) => part !== '').join(' · ')
  return htmlDocument(title, fragment(banner(matrix, names), h('main', { id: 'content' }, targets(matrix), lines(matrix))))
}

function banner({ verdict, ticket, startedAt, operator, origin, ...rest }: Matrix, names: string): VNode {
  const who = `${ticket === '' ? 'No change ticket' : visibleLine(ticket)} · run by ${visibleLine(operator)} from ${visibleLine(origin)}, `
  return h(
    'header',
    { class: `banner ${verdict}` },
    h(
      'div',
      null,
      h('p', { class: 'kicker' }, who, time(startedAt)),
      h('div', { class: 'verdict' }, h('h1', null, names), pill(verdict, 'stamp')),
      h('p', { class: 'lead' }, matrixSentence({ verdict, ticket, startedAt, operator, origin, ...rest })),
    ),
  )
}

function targets({ targets: all }: Matrix): VNode {
  const rows = all.map(({ name, kind, environment, verdict, counts, durationMs, report, selection }): Content[] => [
    h('a', { href: `./${encodeURI(report)}/index.html` }, name),
    pill(verdict),
    [...new Set([kind, environment])].join(', '),
    countsInWords(counts),
    visibleLine(selection),
    duration(durationMs),
  ])
  return h(
    'section',
    { id: 'targets' },
    h('h2', null, 'Targets'),
    table(['Target', 'Verdict', 'What it is', 'Outcomes', 'Selection', 'Took'], rows, { numeric: ['Took'] }),
  )
}

function lines({ targets: all, lines: rows }: Matrix): VNode {
  const suites = [...Map.groupBy(rows, ({ suite }) => suite)]
  const columns = ['Line', ...all.map(({ name }) => visibleLine(name)), 'Sentence']
  return h(
    'section',
    { id: 'lines' },
    h('h2', null, 'Lines'),
    h('p', { class: 'soft' }, `${NO_OUTCOME}: not looked at there.`),
    suites.map(([suite, entries]) => [
      h('h3', null, visibleLine(suite)),
      table(
        columns,
        entries.map((line) => cells(line, all)),
      ),
    ]),
  )
}

function cells({ id, title, severity, outcomes }: MatrixLine, all: Matrix['targets']): Content[] {
  const links = outcomes.map((outcome, index): Content => {
    if (outcome === null) return h('span', { title: 'not looked at there' }, NO_OUTCOME)
    const href = `./${encodeURI(all[index]?.report ?? '')}/index.html#${id}`
    if (outcome === 'passed' || outcome === 'skipped') return h('a', { href, title: outcome }, OUTCOME_GLYPHS[outcome])
    return h('a', { href }, pill(outcome))
  })
  return [h('span', { class: 'id' }, id), ...links, `${visibleLine(title)} (${severity})`]
}
