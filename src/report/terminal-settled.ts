import type { Report } from './model.ts'
import type { Paint } from './paint.ts'
import { changedLines, courseWords } from './settled-words.ts'
import { plural, visibleLine } from './text.ts'

/** So many lines are told with their course; the rest are named only. */
const SHOWN = 8

/** What did not stay as it was while the target was watched; empty where the run looked once, or nothing changed. */
export function settledBlock(report: Report, paint: Paint): string {
  const changed = changedLines(report)
  if (changed.length === 0) return ''
  const rows = changed
    .slice(0, SHOWN)
    .map(({ id, title, settled }) => `  ${paint('yellow', `↕ ${id}`)} ${courseWords(settled)}  ${visibleLine(title)}`)
  const rest = changed.slice(SHOWN).map(({ id }) => id)
  return [
    paint('bold', `${plural(changed.length, 'line')} changed while the target settled`),
    ...rows,
    ...(rest.length === 0 ? [] : [`    and ${rest.length} more: ${rest.join(', ')}`]),
  ].join('\n')
}
