import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { reportSchema } from '../../src/report/model.ts'
import { type CliRun, runCli } from '../support/run-cli.ts'

/** Reading lines of two suites, one signed line: quick, and every part of a run takes part. */
const SOME = '--check=PRE-01,PRE-50,PRE-75,DEP-21'
const GONE_MS = 8_000

async function gone(run: CliRun): Promise<void> {
  await expect.poll(() => run.leftProcesses(), { timeout: GONE_MS }).toEqual([])
  await expect.poll(() => run.leftDirectories(), { timeout: GONE_MS }).toEqual([])
}

function printedLine(run: CliRun, pattern: RegExp): Promise<void> {
  return expect.poll(() => run.printed(), { timeout: 20_000, interval: 10 }).toMatch(pattern)
}

describe('a run', () => {
  it('says first what it looks at, then the verdict, and leaves a report and nothing else', async () => {
    using run = runCli([SOME, '--ticket=CHG0042', '--no-color'])
    const { code, text } = await run.ended
    expect(text).toMatch(/^PARTIAL: 4 of \d+ lines \(--check=.*\)\ntarget embedded \(embedded, embedded\) allows read, exec/)
    expect({ code, text }).toMatchObject({ code: 0 })
    const report = await run.report()
    expect(report).toMatchObject({
      verdict: 'passed',
      run: { ticket: 'CHG0042', exitCode: 0, selection: expect.stringContaining('PARTIAL: 4 of') },
    })
    expect(report.run.inputs.map(({ file }) => file)).toContain('fixtures/targets/embedded.yaml')
    await gone(run)
  })

  it('collects the facts of the host once, whatever the number of suites that ask', async () => {
    using run = runCli(['--check=PRE-01,PRE-15,PRE-65,PRE-78,MNT-02'])
    await run.ended
    const host = (await run.report()).target.connections.filter(({ system }) => system === 'host')
    expect(host.map(({ count }) => count)).toEqual([1])
  })

  it('keeps the secrets of the target out of everything it writes', async () => {
    using run = runCli(['--suite=preflight'])
    await run.ended
    const [directory = ''] = readdirSync(run.out).filter((name) => name.endsWith('-embedded'))
    const written = readdirSync(path.join(run.out, directory)).map((file) =>
      readFileSync(path.join(run.out, directory, file), 'utf8'),
    )
    expect(written.join('\n')).not.toMatch(/omninode-bridge-[0-9a-f]{32}-\d{4}/)
  })

  it('tells what changed since the last run that passed and had a ticket', async () => {
    using first = runCli([SOME, '--ticket=CHG0041', '--baseline=last'])
    await first.ended
    expect((await first.report()).target.notes.join()).toContain('Nothing to compare with')
    const history = path.join(first.out, 'history.jsonl')
    using second = runCli([SOME, '--ticket=CHG0042', '--baseline=last', `--history=${history}`, '--no-color'])
    const { code, text } = await second.ended
    expect({ code, text }).toMatchObject({ code: 0, text: expect.stringMatching(/^no new failure\n {2}since CHG0041, /m) })
    expect((await second.report()).comparison).toMatchObject({ baseline: { ticket: 'CHG0041' }, newFailures: [], fixed: [] })
  })

  it('runs beside another one', async () => {
    using one = runCli([SOME])
    using other = runCli([SOME])
    const ends = await Promise.all([one.ended, other.ended])
    expect(ends.map(({ code }) => code)).toEqual([0, 0])
  })
})

describe('before anything is touched', () => {
  it.each([
    [['--target=prodd'], 2, /unknown target "prodd", did you mean "prod"\?/],
    [['--check=PRE-1'], 2, /unknown check "PRE-1", did you mean "PRE-0?1\d?"\?/],
    [['--suite=preflight', '--when=weekly', '--check=PRE-01'], 2, /selects none of the runbook's/],
    [['--target=prod'], 2, /the environment variable \w+ is not set/],
    [['--waivers=/nonexistent/waivers.yaml'], 2, /cannot read the waivers file/],
    [['--attestations=/nonexistent/signed.yaml'], 2, /cannot read the attestations file/],
    [['--release=/nonexistent/release.yaml'], 2, /cannot read the release file/],
    [['--target=embedded,prod'], 2, /^target prod: apiKey: the environment variable/],
    [['--target=embedded,embedded'], 2, /embedded is named twice/],
    [['--target=embedded,'], 2, /a name is missing/],
    [['--target=embedded,fixtures/targets/embedded.yaml'], 2, /both describe a target named embedded/],
    [['--baseline=/nonexistent/report.json'], 2, /cannot be read/],
  ])('%j ends with %i and without a stack trace', async (argv, code, message) => {
    using run = runCli(argv)
    const end = await run.ended
    expect(end).toMatchObject({ code, text: expect.stringMatching(message) })
    expect(end.text).not.toMatch(/\n\s+at /)
    expect(() => readdirSync(run.out)).toThrow('ENOENT')
  })

  it('a report directory that cannot be made ends the run with 5', async () => {
    using run = runCli([SOME], { out: 'package.json/reports' })
    const end = await run.ended
    expect(end).toMatchObject({ code: 5, text: expect.stringMatching(/package\.json\/reports/) })
    expect(end.text).not.toMatch(/starting embedded|\n\s+at /)
  })

  it('--plan prints every access and connects to nothing', async () => {
    using run = runCli(['--plan=json', '--suite=preflight'])
    const { code, text } = await run.ended
    expect(code).toBe(0)
    const planned = JSON.parse(text) as { fate: string; accesses: { reproduce: string }[] }[]
    expect(planned.filter(({ fate, accesses }) => fate === 'look' && accesses.length === 0)).toEqual([])
    expect(() => readdirSync(run.out)).toThrow('ENOENT')
  })
})

describe('a run that is cut short', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('by %s writes a partial report, says so, and leaves nothing', async (signal) => {
    using run = runCli([])
    await printedLine(run, /PRE-\d+ passed/)
    run.child.kill(signal)
    const { code } = await run.ended
    expect(code).toBe(130)
    const report = await run.report()
    expect(report).toMatchObject({ verdict: 'interrupted', run: { exitCode: 130 } })
    expect(report.counts.passed).toBeGreaterThan(0)
    expect(report.checks.filter(({ outcome, reason }) => outcome === null && reason === 'not reached')).not.toEqual([])
    await gone(run)
  })

  it('by SIGKILL leaves a valid partial report, and the watchdog leaves nothing else', async () => {
    using run = runCli([])
    await printedLine(run, /PERF-\d+ passed/)
    run.child.kill('SIGKILL')
    await run.ended
    expect(reportSchema.parse(await run.report())).toMatchObject({
      verdict: 'interrupted',
      run: { exitCode: null, finishedAt: null },
    })
    expect((await run.report()).counts.passed).toBeGreaterThan(0)
    await gone(run)
  })

  it('by SIGKILL while it starts leaves nothing', async () => {
    using run = runCli([])
    await printedLine(run, /starting embedded/)
    await expect.poll(() => run.leftDirectories(), { timeout: 5_000, interval: 5 }).not.toEqual([])
    run.child.kill('SIGKILL')
    await run.ended
    await gone(run)
  })

  it.each([
    ['its database', /\/postgres /],
    ['its watchdog', /src\/watchdog\/main\.ts/],
  ])('by the death of %s still ends with a valid report and leaves nothing', async (_, pattern) => {
    using run = runCli(['--suite=preflight'])
    await printedLine(run, /PRE-\d+ passed/)
    const victim = run.leftProcesses().find(({ command }) => pattern.test(command))
    if (victim !== undefined) process.kill(victim.pid, 'SIGKILL')
    expect(victim).toBeDefined()
    await run.ended
    expect(reportSchema.parse(await run.report()).run.finishedAt).not.toBeNull()
    await gone(run)
  })
})
