import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CliRun, gone, runCli } from '../support/run-cli.ts'

/** Reading lines of two suites, one signed line: quick, and every part of a run takes part. */
const SOME = '--check=PRE-01,PRE-50,PRE-75,DEP-21'

describe('two runs beside each other', () => {
  let some: CliRun
  let suites: CliRun
  let ends: Awaited<CliRun['ended']>[]

  beforeAll(async () => {
    some = runCli([SOME, '--ticket=CHG0041', '--baseline=last', '--no-color'])
    suites = runCli(['--check=PRE-01,PRE-15,PRE-65,PRE-78,MNT-02'])
    ends = await Promise.all([some.ended, suites.ended])
  })
  afterAll(() => {
    some[Symbol.dispose]()
    suites[Symbol.dispose]()
  })

  it('both end well', () => {
    expect(ends).toMatchObject([{ code: 0 }, { code: 0 }])
  })

  it('say first what they look at, then the verdict, and leave a report and nothing else', async () => {
    expect(ends[0]?.text).toMatch(
      /^PARTIAL: 4 of \d+ lines \(--check=.*\)\ntarget embedded \(embedded, embedded\) allows read, exec/,
    )
    const report = await some.report()
    expect(report).toMatchObject({
      verdict: 'passed',
      run: { ticket: 'CHG0041', exitCode: 0, selection: expect.stringContaining('PARTIAL: 4 of') },
    })
    expect(report.run.inputs.map(({ file }) => file)).toContain('fixtures/targets/embedded.yaml')
    await Promise.all([gone(some), gone(suites)])
  })

  it('collect the facts of the host once, whatever the number of suites that ask', async () => {
    const host = (await suites.report()).target.connections.filter(({ system }) => system === 'host')
    expect(host.map(({ count }) => count)).toEqual([1])
  })

  it('tell what changed since the last run that passed and had a ticket', async () => {
    expect((await some.report()).target.notes.join()).toContain('Nothing to compare with')
    const history = path.join(some.out, 'history.jsonl')
    using second = runCli([SOME, '--ticket=CHG0042', '--baseline=last', `--history=${history}`, '--no-color'])
    const { code, text } = await second.ended
    expect({ code, text }).toMatchObject({ code: 0, text: expect.stringMatching(/^no new failure\n {2}since CHG0041, /m) })
    expect((await second.report()).comparison).toMatchObject({ baseline: { ticket: 'CHG0041' }, newFailures: [], fixed: [] })
  })
})

it('a run keeps the secrets of the target out of everything it writes', async () => {
  using run = runCli(['--suite=preflight'])
  await run.ended
  const [directory = ''] = readdirSync(run.out).filter((name) => name.endsWith('-embedded'))
  const written = readdirSync(path.join(run.out, directory)).map((file) =>
    readFileSync(path.join(run.out, directory, file), 'utf8'),
  )
  expect(written.join('\n')).not.toMatch(/omninode-bridge-[0-9a-f]{32}-\d{4}/)
})
