import type { Line } from '../runbook.ts'
import { generatedFrom, lineLink, markdownTable, page } from './markdown.ts'
import type { Section } from './sources.ts'

/** docs/coverage.md: each item of the source with the lines that look at it, and the lines that go beyond the source. */
export function coveragePage(sections: readonly Section[], lines: readonly Line[]): string {
  const byId = new Map(lines.map((line) => [line.id, line]))
  const link = (id: string): string => lineLink(id, byId.get(id)?.suite ?? '', 'runbook/')
  const merged = Map.groupBy(sections, ({ section }) => section)
  const covered = new Set(sections.flatMap(({ items }) => items.flatMap((item) => item.lines)))
  const itemCount = sections.reduce((sum, { items }) => sum + items.length, 0)
  return page(
    '# What of the source runbook is covered by which line',
    generatedFrom('docs/coverage/*.yaml'),
    `${itemCount} items of ${merged.size} sections are covered by ${covered.size} of the runbook's ${lines.length} lines.`,
    ...[...merged].flatMap(([section, parts]) => [
      `## ${section}`,
      markdownTable(
        ['Item', 'Lines'],
        parts
          .flatMap(({ items }) => items)
          .map(({ item, lines: ids, diagnostics }) => [item, [...ids.map(link), ...collected(diagnostics)].join(', ')]),
      ),
    ]),
    ...beyondSource(lines.filter(({ id }) => !covered.has(id))),
  )
}

function collected(diagnostics: readonly string[]): string[] {
  return diagnostics.length === 0 ? [] : [`collected on failure: ${diagnostics.join(', ')}`]
}

function beyondSource(lines: readonly Line[]): string[] {
  if (lines.length === 0) return []
  return [
    '## Beyond the source',
    'Lines that an operator would miss, and that no item of the source asks for.',
    markdownTable(
      ['Line', 'Sentence'],
      lines.map(({ id, suite, sentence }) => [lineLink(id, suite, 'runbook/'), sentence]),
    ),
  ]
}
