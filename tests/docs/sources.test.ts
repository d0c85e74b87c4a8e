import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readCoverage, readDefects } from '../../src/docs/sources.ts'
import { staleFiles, writeStale } from '../../src/docs/write.ts'
import { parseSuite } from '../../src/runbook.ts'

const lines = parseSuite(
  '### PRE-01\n\nIt holds.\n\n- Severity: minor\n- Source: Here\n- Due: after\n- Escalation: 1\n\nRemedy: Do it.\n',
  'preflight',
  'preflight.md',
)

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'docs-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})
const write = (name: string, text: string): Promise<void> => writeFile(path.join(folder, name), text)

describe('readCoverage', () => {
  it('reads the suites in the order of the runbook, then what belongs to none', async () => {
    await write('deploy.yaml', '- section: B\n  items: [{ item: b, lines: [PRE-01] }]\n')
    await write('preflight.yaml', '- section: A\n  items: [{ item: a, lines: [PRE-01] }]\n')
    await write('alerts.yaml', '- section: C\n  items: [{ item: c, lines: [PRE-01] }]\n')
    expect(readCoverage(folder, lines).map(({ section }) => section)).toEqual(['A', 'B', 'C'])
  })

  it('names file and line of an id that the runbook does not have', async () => {
    await write(
      'preflight.yaml',
      '- section: A\n  items:\n    - { item: a, lines: [PRE-01] }\n    - { item: b, lines: [PRE-99] }\n',
    )
    expect(() => readCoverage(folder, lines)).toThrow(/preflight\.yaml:4: the runbook has no line PRE-99/)
  })

  it('names file and line of an item without lines', async () => {
    await write('preflight.yaml', '- section: A\n  items:\n    - { item: a, lines: [] }\n')
    expect(() => readCoverage(folder, lines)).toThrow(/preflight\.yaml:3/)
  })
})

describe('readDefects', () => {
  it('names file and line of what is malformed', async () => {
    await write('preflight.yaml', '- { title: t, source: s, wrong: w, production: p, lines: [] }\n')
    expect(() => readDefects(folder, lines)).toThrow(/preflight\.yaml:1/)
  })
})

describe('stale files', () => {
  it('are those that are missing or differ, and are written once', async () => {
    await write('same.md', 'same')
    await write('old.md', 'old')
    const files = {
      [path.join(folder, 'same.md')]: 'same',
      [path.join(folder, 'old.md')]: 'new',
      [path.join(folder, 'sub/none.md')]: 'x',
    }
    expect(await writeStale(files)).toEqual([path.join(folder, 'old.md'), path.join(folder, 'sub/none.md')])
    expect(await staleFiles(files)).toEqual([])
  })
})
