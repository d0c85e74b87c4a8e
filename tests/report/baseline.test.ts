import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadBaseline } from '../../src/report/baseline.ts'
import { appendHistory, historyEntry } from '../../src/report/history.ts'
import type { Report } from '../../src/report/model.ts'
import { sampleReport } from '../support/sample-report.ts'

let folder = ''
let history = ''

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'baseline-'))
  history = path.join(folder, 'history.jsonl')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function ran(ticket: string, change: Partial<Pick<Report, 'verdict'>> & { selection?: string; target?: string } = {}) {
  const report = sampleReport((sample) => ({
    ...sample,
    run: { ...sample.run, id: ticket || 'none', ticket, selection: change.selection ?? '' },
    target: { ...sample.target, name: change.target ?? 'staging' },
    verdict: change.verdict ?? 'passed',
  }))
  const directory = path.join(folder, `${ticket}-${change.target ?? 'staging'}`)
  mkdirSync(directory)
  writeFileSync(path.join(directory, 'report.json'), JSON.stringify(report))
  await appendHistory(history, historyEntry(report, directory))
  return directory
}

const last = (selection = '') => loadBaseline({ baseline: 'last', history, target: 'staging', selection })

describe('the last accepted run', () => {
  it('passed, had a ticket, and was of the same target', async () => {
    await ran('CHG1')
    await ran('CHG2', { verdict: 'failed' })
    await ran('')
    await ran('CHG3', { target: 'prod' })
    expect(await last()).toMatchObject({ report: { run: { ticket: 'CHG1' } }, where: expect.stringContaining('CHG1') })
  })

  it('is the newest of those that looked at as much', async () => {
    await ran('CHG1')
    await ran('CHG2', { selection: 'PARTIAL: 100 of 300 lines (--when=after)' })
    await ran('CHG3', { selection: 'PARTIAL: 1 of 300 lines (--check=PRE-01)' })
    expect(await last('PARTIAL: 101 of 310 lines (--when=after)')).toMatchObject({ report: { run: { ticket: 'CHG2' } } })
    expect(await last()).toMatchObject({ report: { run: { ticket: 'CHG1' } } })
  })

  it('may not exist yet, which is said and is no mistake', async () => {
    expect(await last()).toEqual({ report: undefined, reason: expect.stringContaining('knows no run of staging that passed') })
  })

  it('may have lost its report, which is said', async () => {
    rmSync(await ran('CHG1'), { recursive: true })
    expect(await last()).toEqual({ report: undefined, reason: expect.stringContaining('CHG1') })
  })
})

it('a file that is no report is a mistake of the operator', async () => {
  const named = loadBaseline({ baseline: path.join(folder, 'none.json'), history, target: 'staging', selection: '' })
  await expect(named).rejects.toThrow('cannot be read')
})
