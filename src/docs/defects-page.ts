import type { Line } from '../runbook.ts'
import { generatedFrom, lineLink, page } from './markdown.ts'
import type { Defect } from './sources.ts'

/** docs/runbook-defects.md: each mistake of the source, what it would have done in production, and how ours corrects it. */
export function defectsPage(defects: readonly Defect[], lines: readonly Line[]): string {
  const byId = new Map(lines.map((line) => [line.id, line]))
  const link = (id: string): string => lineLink(id, byId.get(id)?.suite ?? '', 'runbook/')
  return page(
    '# Mistakes of the source runbook',
    generatedFrom('docs/defects/*.yaml'),
    `${defects.length} mistakes were found while every sentence of the source became a check. Each tells what the source does, what that would have done in production, and how this runbook corrects it.`,
    ...defects.flatMap(({ title, source, wrong, production, corrected, lines: ids }, index) => [
      `## ${index + 1}. ${title}`,
      [
        `- **Where:** ${source}`,
        `- **What it does:** ${wrong}`,
        `- **In production:** ${production}`,
        `- **Corrected:** ${corrected}`,
        ...(ids.length === 0 ? [] : [`- **Lines:** ${ids.map(link).join(', ')}`]),
      ].join('\n'),
    ]),
  )
}
