import { describe, expect, it } from 'vitest'
import type { BoundLine } from '../../src/bind.ts'
import { parseOptions } from '../../src/cli/options.ts'
import { select } from '../../src/cli/select.ts'
import { parseSuite, type Suite } from '../../src/runbook.ts'

function line(id: string, suite: Suite, due: string): BoundLine[] {
  const text = `### ${id}\n\nIt holds.\n\n- Severity: minor\n- Source: x\n- Due: ${due}\n- Escalation: 1\n\nRemedy: Mend it.`
  return parseSuite(text, suite, `${suite}.md`).map((parsed) => ({ line: parsed, check: undefined }))
}

const runbook = [
  ...line('PRE-01', 'preflight', 'before'),
  ...line('POST-01', 'postdeploy', 'after'),
  ...line('MNT-01', 'maintenance', 'weekly, after'),
]
const chosen = (argv: string[], kind: 'embedded' | 'live' = 'embedded') => {
  const { lines, words } = select(runbook, parseOptions(argv, {}), kind)
  return { ids: lines.map(({ line: { id } }) => id), words }
}

describe('selection', () => {
  it('is the whole runbook on a disposable target, and says nothing', () => {
    expect(chosen([])).toEqual({ ids: ['PRE-01', 'POST-01', 'MNT-01'], words: '' })
  })

  it('is what is due after a deploy on a live target, and says so', () => {
    expect(chosen([], 'live')).toEqual({ ids: ['POST-01', 'MNT-01'], words: 'PARTIAL: 2 of 3 lines (--when=after)' })
  })

  it('takes a named suite or check whole, whenever it is due', () => {
    expect(chosen(['--suite=preflight'], 'live')).toEqual({ ids: ['PRE-01'], words: 'PARTIAL: 1 of 3 lines (--suite=preflight)' })
    expect(chosen(['--check=PRE-01,MNT-01'], 'live').ids).toEqual(['PRE-01', 'MNT-01'])
  })

  it('narrows by all that is asked for', () => {
    expect(chosen(['--suite=maintenance', '--when=weekly'])).toEqual({
      ids: ['MNT-01'],
      words: 'PARTIAL: 1 of 3 lines (--suite=maintenance --when=weekly)',
    })
  })

  it('may not be empty', () => {
    expect(() => chosen(['--suite=preflight', '--when=weekly'])).toThrow(
      "--suite=preflight --when=weekly selects none of the runbook's 3 lines",
    )
  })

  it('refuses an unknown check with the nearest one', () => {
    expect(() => chosen(['--check=PRE-1'])).toThrow('--check: unknown check "PRE-1", did you mean "PRE-01"?')
  })
})
