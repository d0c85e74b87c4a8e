import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readHistory } from '../../src/report/history.ts'
import { readReport } from '../../src/report/read.ts'
import { openReportStore } from '../../src/report/store.ts'
import { partialReport, sampleReport } from '../support/sample-report.ts'

let out: string
beforeEach(async () => {
  out = await mkdtemp(path.join(os.tmpdir(), 'report-store-'))
})
afterEach(async () => {
  await rm(out, { recursive: true, force: true })
})

const startedAt = new Date('2026-11-24T10:15:00.000Z')
const open = (): ReturnType<typeof openReportStore> =>
  openReportStore({ out: path.join(out, 'reports'), target: 'staging', startedAt })

describe('openReportStore', () => {
  it('writes every form of the report, the link to it and the history', async () => {
    const store = await open()
    await store.finish(sampleReport())
    expect(path.basename(store.directory)).toBe('2026-11-24T10-15-00Z-staging')
    expect((await readdir(store.directory)).toSorted()).toEqual(['index.html', 'junit.xml', 'report.json', 'summary.md'])
    expect(await readReport(path.join(store.directory, 'report.json'))).toEqual(sampleReport())
    expect(await readlink(path.join(out, 'reports', 'latest'))).toBe('2026-11-24T10-15-00Z-staging')
    const { entries } = await readHistory(path.join(out, 'reports', 'history.jsonl'))
    expect(entries).toMatchObject([{ target: 'staging', verdict: 'failed', failed: ['PRE-11', 'POST-04', 'PERF-02'] }])
  })

  it('gives each of several runs of one second a directory of its own', async () => {
    const stores = await Promise.all([open(), open(), open()])
    expect(stores.map(({ directory }) => path.basename(directory)).toSorted()).toEqual([
      '2026-11-24T10-15-00Z-staging',
      '2026-11-24T10-15-00Z-staging-2',
      '2026-11-24T10-15-00Z-staging-3',
    ])
  })

  it('saves a growing report on the way, the latest state of it', async () => {
    const store = await open()
    const file = path.join(store.directory, 'report.json')
    store.save(sampleReport())
    store.save(partialReport())
    await vi.waitFor(async () => expect(await readReport(file)).toEqual(partialReport()))
    store.save(sampleReport())
    await vi.waitFor(async () => expect(await readReport(file)).toEqual(sampleReport()))
  })

  it('keeps diagnostics beside the report, safe to print', async () => {
    const store = await open()
    const file = await store.addDiagnostic('../docker logs/hook.txt', 'te\u001b[2Jxt\u009b\n')
    expect(file).toBe('diagnostics/-docker-logs-hook.txt')
    expect(await readFile(path.join(store.directory, file), 'utf8')).toBe('te⟨U+001B⟩[2Jxt⟨U+009B⟩\n')
  })

  it('refuses a place that cannot be a directory before anything is looked at', async () => {
    await writeFile(path.join(out, 'reports'), '')
    await expect(open()).rejects.toThrow(/could not make the directory .*reports: .*--out=DIR/)
  })
})

describe('readReport', () => {
  it.each([
    ['{"schema":', /is no JSON/],
    ['{"schema":"omninode-runbook/report@1"}', /is no report of this suite.*\n {2}run: /],
  ])('names the file and what is wrong with %s', async (text, message) => {
    const file = path.join(out, 'report.json')
    await writeFile(file, text)
    await expect(readReport(file)).rejects.toThrow(message)
    await expect(readReport(file)).rejects.toThrow(file)
  })

  it('says so where there is no file', async () => {
    await expect(readReport(path.join(out, 'none.json'))).rejects.toThrow(/none\.json cannot be read/)
  })
})

describe('readHistory', () => {
  it('is empty where there is no file', async () => {
    expect(await readHistory(path.join(out, 'history.jsonl'))).toEqual({ entries: [], unreadable: 0 })
  })

  it('tolerates torn lines and says how many', async () => {
    const store = await open()
    await store.finish(sampleReport())
    const file = path.join(out, 'reports', 'history.jsonl')
    await writeFile(file, `${await readFile(file, 'utf8')}{"at":"2026`)
    expect(await readHistory(file)).toMatchObject({ entries: [{ target: 'staging' }], unreadable: 1 })
  })
})
