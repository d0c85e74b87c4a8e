import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { appendLine, ReportError, relink, writeAtomically } from '../../src/report/write.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'report-write-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

const fullDisk = async (): Promise<never> => {
  throw Object.assign(new Error('write'), { code: 'ENOSPC' })
}

describe('writeAtomically', () => {
  it('replaces a file and leaves nothing beside it', async () => {
    const file = path.join(folder, 'report.json')
    await writeAtomically(file, 'old')
    await writeAtomically(file, 'new', { durable: true })
    expect(await readFile(file, 'utf8')).toBe('new')
    expect(await readdir(folder)).toEqual(['report.json'])
  })

  it('keeps the last valid file on a full disk and says what to do', async () => {
    const file = path.join(folder, 'report.json')
    await writeAtomically(file, 'old')
    await expect(writeAtomically(file, 'new', { fill: fullDisk })).rejects.toThrow(
      `could not write ${file}: no space is left on the disk (ENOSPC); the last valid report is kept; free space there, or name another directory with --out=DIR, and run again`,
    )
    expect(await readFile(file, 'utf8')).toBe('old')
    expect(await readdir(folder)).toEqual(['report.json'])
  })

  it('says so where the directory is none', async () => {
    const blocked = path.join(folder, 'file')
    await writeFile(blocked, '')
    await expect(writeAtomically(path.join(blocked, 'report.json'), 'x')).rejects.toThrow(ReportError)
    await expect(writeAtomically(path.join(blocked, 'report.json'), 'x')).rejects.toThrow(/a part of the path is a file/)
  })

  it('never shows half a file to a reader', async () => {
    const file = path.join(folder, 'report.json')
    const texts = Array.from({ length: 20 }, (_, index) => JSON.stringify({ index, fill: 'x'.repeat(100_000) }))
    await writeAtomically(file, texts[0] ?? '')
    const writing = Promise.all(texts.map((text) => writeAtomically(file, text)))
    for (let read = 0; read < 50; read += 1) expect(texts).toContain(await readFile(file, 'utf8'))
    await writing
    expect(texts).toContain(await readFile(file, 'utf8'))
  })
})

describe('relink', () => {
  it('points a link elsewhere', async () => {
    const link = path.join(folder, 'latest')
    await relink(link, 'a')
    await relink(link, 'b')
    expect(await readlink(link)).toBe('b')
    expect(await readdir(folder)).toEqual(['latest'])
  })

  it('says so where a directory is in the way', async () => {
    await expect(relink(path.join(folder, 'none', 'latest'), 'a')).rejects.toThrow(ReportError)
  })
})

describe('appendLine', () => {
  it('keeps lines of parallel writers apart', async () => {
    const file = path.join(folder, 'history.jsonl')
    const lines = Array.from({ length: 50 }, (_, index) => JSON.stringify({ index, fill: 'y'.repeat(3_000) }))
    await Promise.all(lines.map((line) => appendLine(file, line)))
    const written = (await readFile(file, 'utf8'))
      .trimEnd()
      .split('\n')
      .filter((line) => line !== '')
    expect(written.toSorted()).toEqual(lines.toSorted())
  })

  it('begins a line of its own after a torn one', async () => {
    const file = path.join(folder, 'history.jsonl')
    await writeFile(file, '{"torn":')
    await appendLine(file, '{}')
    expect(await readFile(file, 'utf8')).toBe('{"torn":\n{}\n')
  })
})
