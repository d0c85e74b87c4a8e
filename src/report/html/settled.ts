import type { VNode } from 'preact'
import type { CheckEntry, Report } from '../model.ts'
import { changedLines, courseWords, settleSentence } from '../settled-words.ts'
import { visibleLine } from '../text.ts'
import { type Content, h } from './element.ts'
import { lineLink, pill, section, time } from './parts.ts'

/** What did not stay as it was while the target was watched; nothing where the run looked once. */
export function settled(report: Report): VNode | null {
  if (report.settle === undefined) return null
  return section(
    'settled',
    'While it settled',
    h('p', null, settleSentence(report)),
    changedLines(report).map(({ id, title, settled: { changes, more } }) =>
      h(
        'div',
        { class: 'card' },
        h('h3', null, lineLink(id), ` ${visibleLine(title)}`),
        h(
          'ol',
          { class: 'events' },
          changes.map(({ at, outcome, reason }) =>
            h('li', null, time(at), ' ', pill(outcome), reason === '' ? null : ` ${visibleLine(reason).slice(0, 300)}`),
          ),
          more === 0 ? null : h('li', null, `and ${more} more changes`),
        ),
      ),
    ),
  )
}

/** How a line fared over several looks, in its own place. */
export function courseOf({ settled: course }: CheckEntry): Content {
  return course === undefined ? null : h('p', { class: 'small' }, `Over time: ${courseWords(course)}.`)
}
