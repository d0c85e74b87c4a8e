import type { VNode } from 'preact'
import type { CheckEntry } from '../model.ts'
import { utc } from '../text.ts'
import { outcomeWord } from '../words.ts'
import { type Content, h } from './element.ts'

/** A glyph for each word, so that no meaning rests on colour alone. */
const GLYPHS: Readonly<Record<string, string>> = {
  passed: '✓',
  failed: '✕',
  unobserved: '?',
  inconclusive: '?',
  waived: '~',
  skipped: '–',
  pending: '✎',
  interrupted: '■',
}

/** A word in a coloured frame with its glyph. */
export function pill(word: string, extra = ''): VNode {
  const known = word in GLYPHS ? word : 'none'
  return h('span', { class: `pill ${known} ${extra}`.trim() }, h('span', { 'aria-hidden': 'true' }, GLYPHS[word] ?? '○'), word)
}

/** The outcome of an entry, framed. */
export function outcomePill(entry: CheckEntry): VNode {
  return pill(outcomeWord(entry))
}

/** The severity, framed. */
export function severityTag({ severity }: CheckEntry): VNode {
  return h('span', { class: `tag ${severity}` }, severity)
}

/** A point in time, in UTC, that programs can read as well. */
export function time(iso: string): VNode {
  return h('time', { datetime: iso }, utc(iso))
}

/** A shell line as an operator pastes it. */
export function shell(line: string): VNode {
  return h('pre', { class: 'shell prompt' }, line)
}

/** A section with its heading; nothing at all where it has no content. */
export function section(id: string, heading: string, ...content: Content[]): VNode | null {
  if (content.flat().every((child) => child === null || child === undefined || child === '')) return null
  return h('section', { id, 'aria-labelledby': `${id}-heading` }, h('h2', { id: `${id}-heading` }, heading), ...content)
}

/** A table with a header row; columns named in `numeric` are right-aligned. */
export function table(
  columns: readonly string[],
  rows: readonly (readonly Content[])[],
  { caption, numeric = [] }: { readonly caption?: string; readonly numeric?: readonly string[] } = {},
): VNode {
  const align = (index: number): string => (numeric.includes(columns[index] ?? '') ? 'n' : '')
  const head = columns.map((column, index) => h('th', { scope: 'col', class: align(index) }, column))
  const body = rows.map(([first, ...rest]) =>
    h(
      'tr',
      null,
      h('th', { scope: 'row', class: align(0) }, first),
      rest.map((cell, index) => h('td', { class: align(index + 1) }, cell)),
    ),
  )
  return h(
    'div',
    { class: 'scroll' },
    h(
      'table',
      null,
      caption === undefined ? null : h('caption', null, caption),
      h('thead', null, h('tr', null, head)),
      h('tbody', null, body),
    ),
  )
}

/** Terms with what they are, those without content left out. */
export function facts(entries: readonly (readonly [term: string, content: Content])[]): VNode {
  const filled = entries.filter(([, content]) => content !== '' && content !== null)
  return h(
    'dl',
    { class: 'facts' },
    filled.map(([term, content]) => h('div', null, h('dt', null, term), h('dd', null, content))),
  )
}

/** Something to be opened; without scripts. */
export function fold(summary: string, ...content: Content[]): VNode {
  return h('details', { class: 'fold' }, h('summary', null, summary), ...content)
}

/** A link to a line of the runbook within the page. */
export function lineLink(id: string): VNode {
  return h('a', { class: 'id', href: `#${id}` }, id)
}

/** A sentence in which commands stand between backticks. */
export function prose(text: string): Content {
  return text.split(/`([^`\n]+)`/).map((piece, index) => (index % 2 === 1 ? h('code', null, piece) : piece))
}
