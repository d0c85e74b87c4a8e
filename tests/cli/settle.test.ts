import { chmodSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { renderJunit } from '../../src/report/junit.ts'
import { type CliRun, gone, runCli } from '../support/run-cli.ts'

/** One line that a test can break from outside, and two that stay as they are. */
const LINES = '--check=PRE-36,PRE-01,POST-01'
const FLAGS = [LINES, '--settle-every=1s', '--no-color']
const WAIT = { timeout: 120_000, interval: 20 }

const opened: CliRun[] = []
afterEach(() => {
  for (const run of opened.splice(0)) run[Symbol.dispose]()
})

function start(...flags: readonly string[]): CliRun {
  const run = runCli([...FLAGS, ...flags])
  opened.push(run)
  return run
}

/** The directory of secrets on the embedded host; its mode is what PRE-36 looks at. */
function secretsOf({ temporary }: CliRun): string {
  const [own = ''] = readdirSync(temporary)
  const found = readdirSync(path.join(temporary, own), { recursive: true, withFileTypes: true }).find(
    (entry) => entry.isDirectory() && entry.name === 'secrets' && entry.parentPath.endsWith('/opt/omninode_bridge'),
  )
  if (found === undefined) throw new Error(`there is no directory of secrets below ${temporary}`)
  return path.join(found.parentPath, found.name)
}

async function printed(run: CliRun, pattern: RegExp): Promise<void> {
  await expect.poll(() => run.printed(), WAIT).toMatch(pattern)
}

async function course(run: CliRun): Promise<string[]> {
  const entry = (await run.report()).checks.find(({ id }) => id === 'PRE-36')
  return entry?.settled?.changes.map(({ outcome }) => outcome) ?? []
}

describe('--settle', { timeout: 300_000 }, () => {
  it('keeps the worst moment of a line that fails later and heals, with the times; interrupted, it ends with what was seen', async () => {
    const run = start('--settle=10m')
    await printed(run, /look 1 at 3 lines, nothing has changed/)
    const secrets = secretsOf(run)
    for (const [mode, word] of [
      [0o755, 'failed'],
      [0o700, 'passed'],
      [0o755, 'failed'],
      [0o700, 'passed'],
    ] as const) {
      const before = run.printed().length
      chmodSync(secrets, mode)
      await expect.poll(() => run.printed().slice(before), WAIT).toContain(`PRE-36 ${word} now`)
    }
    run.child.kill('SIGINT')
    const { code, text } = await run.ended
    expect(code).toBe(130)
    expect(text).toMatch(/1 line changed while the target settled/)
    expect(text).toMatch(/↕ PRE-36 passed \d\d:\d\d:\d\d → failed \d\d:\d\d:\d\d → passed .* UTC, \d+ looks/)
    expect(text).toMatch(/short of the 10 min 00 s asked for/)
    expect(await course(run)).toEqual(['passed', 'failed', 'passed', 'failed', 'passed'])
    const report = await run.report()
    const broken = report.checks.find(({ id }) => id === 'PRE-36')
    expect(broken).toMatchObject({ outcome: 'failed', failure: { message: expect.stringContaining('755') } })
    expect(report.settle).toMatchObject({ forMs: 600_000, everyMs: 1_000, looks: expect.any(Number) })
    expect(report.timeline.filter(({ phase }) => phase === 'settling').map(({ event }) => event)).toEqual([
      'PRE-36 failed',
      'PRE-36 passed',
      'PRE-36 failed',
      'PRE-36 passed',
    ])
    expect(renderJunit(report)).toContain('over time: passed ')
    const steady = report.checks.find(({ id }) => id === 'POST-01')
    expect(steady).toMatchObject({ outcome: 'passed', settled: { changes: [{ outcome: 'passed' }] } })
    expect(steady?.settled?.looks).toBe((report.settle?.looks ?? 0) + 1)
    await gone(run)
  })

  it('fails the run on a line that fails only in the last look', async () => {
    const run = start('--settle=8s')
    await printed(run, /look 1 at 3 lines, nothing has changed/)
    chmodSync(secretsOf(run), 0o755)
    const { code, text } = await run.ended
    expect({ code, text }).toMatchObject({ code: 1, text: expect.stringContaining('each is told as its worst moment') })
    expect(await course(run)).toEqual(['passed', 'failed'])
  })

  it('looks again at what is read, and at nothing else', async () => {
    const run = runCli(['--check=POST-01,POST-20', '--settle=2s', '--settle-every=1s'])
    opened.push(run)
    const { code, text } = await run.ended
    expect({ code, text }).toMatchObject({ code: 0 })
    expect(text).toMatch(/look 1 at 1 line, nothing has changed/)
    const report = await run.report()
    expect(report.checks.filter(({ settled }) => settled !== undefined).map(({ id }) => id)).toEqual(['POST-01'])
  })
})
