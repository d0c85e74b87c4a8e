import { describe, expect, it } from 'vitest'
import { reportSchema } from '../../src/report/model.ts'
import { gone, printedLine, runCli } from '../support/run-cli.ts'

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
    await expect.poll(() => run.leftDirectories(), { timeout: 60_000, interval: 5 }).not.toEqual([])
    run.child.kill('SIGKILL')
    await run.ended
    await gone(run)
  })

  it('by nobody reading on (`| head`) goes to its end all the same', async () => {
    using run = runCli(['--check=PRE-01,PRE-50'])
    await printedLine(run, /PARTIAL/)
    run.child.stdout?.destroy()
    run.child.stderr?.destroy()
    expect((await run.ended).code).toBe(0)
    expect(await run.report()).toMatchObject({ verdict: 'passed', run: { exitCode: 0 } })
    await gone(run)
  })

  it.each([
    ['its database', /\/postgres /],
    ['its watchdog', /src\/watchdog\/main\.ts/],
  ])('by the death of %s still ends with a valid report and leaves nothing', async (_, pattern) => {
    using run = runCli(['--suite=preflight,rollback'])
    await printedLine(run, /PRE-\d+ passed/)
    const victim = run.leftProcesses().find(({ command }) => pattern.test(command))
    if (victim !== undefined) process.kill(victim.pid, 'SIGKILL')
    expect(victim).toBeDefined()
    await run.ended
    expect(reportSchema.parse(await run.report()).run.finishedAt).not.toBeNull()
    await gone(run)
  })
})
