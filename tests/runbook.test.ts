import { describe, expect, it } from 'vitest'
import { parseSuite, readRunbook } from '../src/runbook.ts'

const line = (changes: Partial<Record<'heading' | 'sentence' | 'metadata' | 'remedy', string>> = {}): string =>
  [
    changes.heading ?? '### PRE-04',
    changes.sentence ?? 'The host has eight cores,\nall of them its own.',
    changes.metadata ?? '- Severity: critical\n- Source: Minimum System Requirements\n- Due: before, monthly\n- Escalation: 1',
    changes.remedy ?? 'Remedy: Add cores.\n\n```sh\nnproc\n```',
  ].join('\n\n')

const parse = (markdown: string) => parseSuite(markdown, 'preflight', 'preflight.md')

describe('a runbook line', () => {
  it('is read with everything that belongs to it', () => {
    expect(parse(`# Preflight\n\n## Machine\n\nAbout machines.\n\n${line()}`)).toEqual([
      {
        id: 'PRE-04',
        sentence: 'The host has eight cores, all of them its own.',
        suite: 'preflight',
        chapter: 'Machine',
        section: 'Minimum System Requirements',
        severity: 'critical',
        when: ['before', 'monthly'],
        remedy: 'Add cores.\n\n```sh\nnproc\n```',
        escalation: 1,
        attestedDays: undefined,
        location: 'preflight.md:7',
      },
    ])
  })

  it('ends where the next heading begins', () => {
    expect(parse(`${line()}\n\n${line({ heading: '### PRE-05' })}`).map(({ id }) => id)).toEqual(['PRE-04', 'PRE-05'])
  })

  it.each([
    [{ heading: '### Cores' }, 'preflight.md:1: expected a line id such as PRE-04 as heading, received "Cores"'],
    [{ sentence: '- none' }, 'PRE-04 has no sentence'],
    [{ metadata: 'none' }, 'PRE-04 has no list of Severity'],
    [{ metadata: '- Severity: grave\n- Source: x\n- Due: before\n- Escalation: 1' }, 'preflight.md:6: PRE-04, Severity'],
    [{ metadata: '- Severity: minor\n- Source: x\n- Due: soon\n- Escalation: 1' }, 'PRE-04, Due'],
    [{ metadata: '- Severity: minor\n- Source: x\n- Due: before' }, 'PRE-04, Escalation'],
    [{ metadata: '- Severity: minor\n- Source: x\n- Due: before\n- Escalation: 1\n- Colour: red' }, 'Unrecognized key'],
    [{ remedy: 'Add cores.' }, 'PRE-04 has no paragraph that begins with "Remedy: "'],
  ])('is refused when malformed: %j', (changes, message) => {
    expect(() => parse(line(changes))).toThrow(message)
  })
})

describe("the project's runbook", () => {
  it('is well formed and has no id twice', () => {
    expect(readRunbook().length).toBeGreaterThan(100)
  })
})
