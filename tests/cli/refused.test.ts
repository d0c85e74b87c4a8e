import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { runCli } from '../support/run-cli.ts'

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
    using run = runCli(['--check=PRE-01'], { out: 'package.json/reports' })
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
