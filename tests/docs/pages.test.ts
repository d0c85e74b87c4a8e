import { describe, expect, it } from 'vitest'
import type { BoundLine } from '../../src/bind.ts'
import type { Check } from '../../src/check.ts'
import { coveragePage } from '../../src/docs/coverage-page.ts'
import { defectsPage } from '../../src/docs/defects-page.ts'
import { indexPage } from '../../src/docs/index-page.ts'
import type { Line } from '../../src/runbook.ts'

const line = (id: string, part: Partial<Line> = {}): Line => ({
  id,
  sentence: `What ${id} says | holds.`,
  suite: 'preflight',
  chapter: 'Machine',
  section: 'System Requirements',
  severity: 'critical',
  when: ['before', 'monthly'],
  remedy: 'Do it.',
  escalation: 1,
  attestedDays: undefined,
  location: 'docs/runbook/preflight.md:3',
  ...part,
})
const check = (id: string): Check => ({
  id,
  sentence: '',
  location: 'suites/preflight/machine.test.ts:12',
  accesses: () => [],
  run: async () => undefined,
})
const bound = (id: string, part: Partial<Line> = {}): BoundLine => ({
  line: line(id, part),
  check: part.attestedDays === undefined ? check(id) : undefined,
})

describe('coveragePage', () => {
  it('joins the parts of a section and lists what goes beyond the source', async () => {
    const sections = [
      { section: 'Install Dependencies', items: [{ item: 'Engine of 20.10', lines: ['PRE-01', 'PRE-02'], diagnostics: [] }] },
      { section: 'Secrets', items: [{ item: 'Five secrets', lines: ['PRE-02'], diagnostics: ['log of the service'] }] },
      { section: 'Install Dependencies', items: [{ item: 'Tools', lines: ['DEP-01'], diagnostics: [] }] },
    ]
    const lines = [line('PRE-01'), line('PRE-02'), line('PRE-03'), line('DEP-01', { suite: 'deploy' })]
    await expect(coveragePage(sections, lines)).toMatchFileSnapshot('golden/coverage.md.txt')
  })
})

describe('indexPage', () => {
  it('names for each line what looks at it', async () => {
    const page = indexPage([
      bound('PRE-01'),
      bound('PRE-02', { attestedDays: 90, severity: 'minor' }),
      bound('DEP-01', { suite: 'deploy' }),
    ])
    await expect(page).toMatchFileSnapshot('golden/index.md.txt')
  })
})

describe('defectsPage', () => {
  it('tells what the source does, what that would have done, and the correction', async () => {
    const defect = {
      title: 'Sleeps',
      source: 'Deploy',
      wrong: 'It waits 60 s.',
      production: 'Too short on a bad day.',
      corrected: 'It waits for readiness.',
    }
    const page = defectsPage(
      [
        { ...defect, lines: ['DEP-01'] },
        { ...defect, title: 'Prose', lines: [] },
      ],
      [line('DEP-01', { suite: 'deploy' })],
    )
    await expect(page).toMatchFileSnapshot('golden/defects.md.txt')
  })
})
