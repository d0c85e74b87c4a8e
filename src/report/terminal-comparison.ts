import { baselineWords, type ChangeGroup, changeCounts, changeGroups, movedWords, wasWords } from './comparison-words.ts'
import type { Report } from './model.ts'
import type { Paint } from './paint.ts'
import { visibleLine } from './text.ts'

/** So many lines of a kind are told one by one; the rest are named only. */
const SHOWN = 8

const GLYPHS = { newFailures: '✗', newlyUnobserved: '?', stillFailing: '✗', fixed: '✓' } as const

/** What changed since the baseline, as the first thing that a terminal shows of a run's end; empty where nothing was compared. */
export function comparisonBlock({ comparison, target, checks }: Report, paint: Paint): string {
  if (comparison === undefined) return ''
  const titles = new Map(checks.map(({ id, title }) => [id, title]))
  const head = `${paint('bold', changeCounts(comparison))}\n  since ${baselineWords(comparison, target.name)}`
  const groups = changeGroups(comparison).map((group) => groupLines(group, titles, paint))
  const moved = comparison.moved.map((one) => `  ${paint('yellow', '↕')} ${one.check} ${movedWords(one)}`)
  return [head, ...groups, ...shortened(moved)].join('\n')
}

function groupLines({ kind, word, lines }: ChangeGroup, titles: ReadonlyMap<string, string>, paint: Paint): string {
  const colour = kind === 'fixed' ? 'green' : kind === 'newlyUnobserved' ? 'yellow' : 'red'
  const rows = lines.map(
    (line) =>
      `  ${paint(colour, `${GLYPHS[kind]} ${line.id}`)} ${word} (${wasWords(line)})  ${visibleLine(titles.get(line.id) ?? '')}`,
  )
  const rest = lines.slice(SHOWN).map(({ id }) => id)
  return [...rows.slice(0, SHOWN), ...(rest.length === 0 ? [] : [`    and ${rest.length} more: ${rest.join(', ')}`])].join('\n')
}

function shortened(rows: readonly string[]): string[] {
  const rest = rows.length - SHOWN
  return rest > 0 ? [...rows.slice(0, SHOWN), `    and ${rest} more measurements, told in the report`] : [...rows]
}
