import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { renderMatrixHtml } from '../../src/report/html/matrix.ts'
import { endOfMatrixRun, type Matrix, matrixOf, matrixSchema, worstExitCode, writeMatrix } from '../../src/report/matrix.ts'
import type { Report } from '../../src/report/model.ts'
import { entry, NASTY, sampleReport } from '../support/sample-report.ts'

const OUTCOMES = ['passed', 'failed', 'unobserved', 'skipped', 'waived', 'pending', null] as const

function reportOf(name: string, verdict: Report['verdict'], exitCode: number, shift = 0): { report: Report; directory: string } {
  const report = sampleReport((sample) => ({
    ...sample,
    run: { ...sample.run, exitCode },
    target: { ...sample.target, name },
    verdict,
    checks: OUTCOMES.map((_, index) =>
      entry({
        id: `PRE-0${index + 1}`,
        outcome: exitCode === 0 ? 'passed' : (OUTCOMES[(index + shift) % OUTCOMES.length] ?? null),
      }),
    ),
  }))
  return { report, directory: `reports/2026-11-24T10-15-00Z-${name}` }
}

const matrix = matrixOf(
  [reportOf('prod-eu', 'passed', 0), reportOf('prod-us', 'failed', 1), reportOf('prod-ap', 'inconclusive', 3, 2)],
  'reports',
)

describe('worstExitCode', () => {
  it.each([
    [[0, 0], 0],
    [[0, 4, 3], 3],
    [[3, 1, 0], 1],
    [[1, 5], 5],
    [[5, 2, 1], 2],
    [[1, 130, 2], 130],
  ])('of %j is %i', (codes, worst) => {
    expect(worstExitCode(codes)).toBe(worst)
  })
})

describe('a matrix', () => {
  it('is valid and takes the verdict of the gravest target', () => {
    expect(matrixSchema.parse(matrix)).toEqual(matrix)
    expect(matrix).toMatchObject({ verdict: 'failed', exitCode: 1 })
    expect(matrix.targets.map(({ report }) => report)).toContain('2026-11-24T10-15-00Z-prod-us')
  })

  it('has an outcome for each line and target', () => {
    expect(matrix.lines.find(({ id }) => id === 'PRE-02')?.outcomes).toEqual(['passed', 'failed', 'skipped'])
  })

  it('reads in a terminal', async () => {
    const text = endOfMatrixRun(matrix, { colour: false, quiet: false, out: 'reports' })
    await expect(text).toMatchFileSnapshot('golden/terminal-matrix.txt')
    expect(endOfMatrixRun(matrix, { colour: false, quiet: true, out: 'reports' })).not.toContain('not green everywhere')
  })

  it('says so where all passed', () => {
    const green = matrixOf([reportOf('a', 'passed', 0), reportOf('b', 'passed', 0)], 'reports')
    expect(endOfMatrixRun(green, { colour: false, quiet: false, out: 'reports' })).toContain(
      'PASSED: All 2 targets passed. (exit 0)',
    )
  })

  it('is a page that links to the reports and lets no text become markup', () => {
    const nasty: Matrix = {
      ...matrix,
      ticket: NASTY,
      lines: matrix.lines.map((line) => ({ ...line, title: NASTY, suite: NASTY })),
      targets: matrix.targets.map((target) => ({ ...target, name: NASTY, environment: NASTY, selection: NASTY })),
    }
    const page = renderMatrixHtml(nasty)
    expect(page).toContain('href="./2026-11-24T10-15-00Z-prod-us/index.html#PRE-02"')
    expect(page).not.toMatch(/<script|<img/)
    expect(page).not.toContain('\u001b')
  })

  it('is written beside the reports', async () => {
    const out = mkdtempSync(path.join(os.tmpdir(), 'matrix-'))
    try {
      await writeMatrix(matrix, out)
      expect(matrixSchema.parse(JSON.parse(readFileSync(path.join(out, 'matrix.json'), 'utf8')))).toEqual(matrix)
      expect(readFileSync(path.join(out, 'matrix.html'), 'utf8')).toMatch(/^<!doctype html>/)
    } finally {
      rmSync(out, { recursive: true, force: true })
    }
  })
})
