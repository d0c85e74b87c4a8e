import fc from 'fast-check'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { describe, expect, it } from 'vitest'
import { renderAnnotations } from '../../src/report/annotations.ts'
import { renderHtml } from '../../src/report/html/page.ts'
import { renderJunit } from '../../src/report/junit.ts'
import { renderMarkdown } from '../../src/report/markdown.ts'
import type { Report } from '../../src/report/model.ts'
import { endOfRun } from '../../src/report/terminal.ts'
import { POISON, STEERING } from '../support/hostile/poison.ts'
import { entry, evidence, sampleReport } from '../support/sample-report.ts'

const TAG = '<img src=x onerror=hostile()>'
/** Any text, with what acts somewhere within it. */
const hostileText = fc
  .tuple(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.constantFrom(TAG, POISON, '\u001b[2J', ']]>', '```\n# x', '\r\n::error::x', '\u202e'),
  )
  .chain(([text, acting]) => fc.nat({ max: text.length }).map((at) => text.slice(0, at) + acting + text.slice(at)))

function reportOf(text: string, outcome: 'failed' | 'unobserved'): Report {
  const failure = outcome === 'failed' ? { message: text, expected: text, actual: JSON.stringify([text]) } : null
  const cause = outcome === 'unobserved' ? { id: text, text } : null
  return sampleReport((sample) => ({
    ...sample,
    run: { ...sample.run, ticket: text, operator: text },
    target: { ...sample.target, environment: text, notes: [text] },
    checks: [
      entry({
        id: 'PRE-01',
        outcome,
        reason: text,
        failure,
        cause,
        evidence: [evidence({ raw: text, access: text, reproduce: text })],
      }),
    ],
  }))
}

describe('whatever a target says', () => {
  it('steers no terminal, becomes no element, no markup and no command', () => {
    fc.assert(
      fc.property(hostileText, fc.constantFrom('failed', 'unobserved'), (text, outcome) => {
        const report = reportOf(text, outcome)
        const terminal = endOfRun(report, { colour: false, directory: 'reports/x' })
        const html = renderHtml(report)
        const junit = renderJunit(report)
        const markdown = renderMarkdown(report)
        for (const shown of [terminal, html, junit, markdown, renderAnnotations(report)]) expect(shown).not.toMatch(STEERING)
        for (const shown of [html, junit]) expect(shown).not.toContain(TAG)
        expect(junit).not.toContain(']]>')
        expect(terminal).not.toMatch(/^::error/m)
        expect(htmlIn(markdown).filter((markup) => /<(?:img|script)/.test(markup))).toEqual([])
        expect(
          renderAnnotations(report)
            .split('\n')
            .filter((line) => line !== '' && !line.startsWith('::')),
        ).toEqual([])
      }),
      { numRuns: 150 },
    )
  })
})

function htmlIn(markdown: string): string[] {
  const nodes: ReturnType<typeof fromMarkdown>['children'][number][] = [...fromMarkdown(markdown).children]
  for (const node of nodes) if ('children' in node) nodes.push(...(node.children as typeof nodes))
  return nodes.flatMap((node) => (node.type === 'html' ? [node.value] : []))
}
