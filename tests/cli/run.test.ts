import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { gone, runCli } from '../support/run-cli.ts'

/** Reading lines of two suites, one signed line: quick, and every part of a run takes part. */
const SOME = '--check=PRE-01,PRE-50,PRE-75,DEP-21'

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
