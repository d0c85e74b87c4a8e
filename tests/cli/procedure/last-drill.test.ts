import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lastDrill } from '../../../src/cli/procedure/last-drill.ts'
import { OUTCOMES } from '../../../src/outcome.ts'

const COUNTS = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0]))

describe('the last drill', () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'test-last-drill-'))
  })
  afterAll(() => rm(directory, { recursive: true }))

  const entry = (at: string, measurements: Record<string, number>): string =>
    JSON.stringify({
      ...{
        at,
        id: 'x',
        target: 'ephemeral',
        environment: 'ephemeral',
        verdict: 'passed',
        exitCode: 0,
        selection: '',
        ticket: '',
      },
      ...{
        commit: '',
        dirty: false,
        durationMs: 1,
        counts: COUNTS,
        failed: [],
        unobserved: [],
        measurements,
        release: {},
        report: '',
      },
    })
  const history = async (...lines: string[]): Promise<string> => {
    const file = path.join(directory, 'history.jsonl')
    await writeFile(file, `${lines.join('\n')}\n`)
    return file
  }

  it('is the newest that came to something stored again, with its time and where it was held', async () => {
    const drills = [
      entry('2026-01-01T00:00:00Z', { 'ROLL-42/rollback.rto': 400_000 }),
      entry('2026-01-02T00:00:00Z', { 'ROLL-42/rollback.rto': 4_200 }),
      entry('2026-01-03T00:00:00Z', { 'ROLL-42/rollback.rto': 0 }),
      entry('2026-01-04T00:00:00Z', { other: 1 }),
    ]
    expect(await lastDrill(await history(...drills))).toBe(
      'the last drill took 4.2 s (2026-01-02, ephemeral, ephemeral); a larger database takes longer',
    )
    expect(await lastDrill(await history(drills[0] ?? ''))).toMatch(/^the last drill took 6\.7 min /)
  })

  it('is unknown where none was held', async () => {
    expect(await lastDrill(await history(entry('2026-01-04T00:00:00Z', {})))).toBeUndefined()
    expect(await lastDrill(path.join(directory, 'nowhere'))).toBeUndefined()
  })
})
