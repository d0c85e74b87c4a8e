import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { promtoolTest } from '../../src/probes/promtool.ts'
import { answering } from '../support/probes.ts'
import { testSession } from '../support/session.ts'

const RULES = 'fixtures/monitoring/rules/critical-alerts.yml'
const FOLDER = 'fixtures/monitoring/tests'
const session = testSession()

const hasPromtool = (() => {
  try {
    execFileSync('promtool', ['--version'], { stdio: 'ignore' })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
})()

async function tests(): Promise<string[]> {
  return (await readdir(FOLDER)).map((name) => join(FOLDER, name))
}

const onHost = (text: string) => answering({ files: [{ path: '/opt/monitoring/prometheus/rules/critical-alerts.yml', text }] })

describe('promtoolTest', () => {
  let bin: string
  beforeEach(async () => {
    bin = await mkdtemp(join(tmpdir(), 'promtool-'))
  })
  afterEach(async () => {
    vi.unstubAllEnvs()
    await rm(bin, { recursive: true })
  })

  async function standIn(script: string): Promise<void> {
    await writeFile(join(bin, 'promtool'), `#!/bin/sh\n${script}\n`)
    await chmod(join(bin, 'promtool'), 0o755)
    vi.stubEnv('PATH', `${bin}:${process.env.PATH}`)
  }

  it('runs the tests beside the rules of the host, and tidies up', async () => {
    await standIn('pwd; ls rules tests; cat rules/*.yml; echo "$@"')
    const { value } = await promtoolTest({ rules: onHost('groups: []'), tests: await tests() }).read(session)
    expect(value.exitCode).toBe(0)
    expect(value.output).toMatch(/critical-alerts\.yml[\s\S]*service-down\.yml[\s\S]*groups: \[\][\s\S]*test rules tests\//)
    const directory = value.output.split('\n')[0] ?? ''
    expect(await readdir(join(directory, '..'))).not.toContain(directory.split('/').at(-1))
  })

  it('gives exit code and output of tests that fail', async () => {
    await standIn('echo "FAILED: alertname: ServiceDown"; exit 1')
    const { value } = await promtoolTest({ rules: onHost('groups: []'), tests: await tests() }).read(session)
    expect(value).toEqual({ exitCode: 1, output: 'FAILED: alertname: ServiceDown' })
  })

  it('could not look where there is no promtool', async () => {
    vi.stubEnv('PATH', bin)
    const reading = promtoolTest({ rules: onHost('groups: []'), tests: await tests() }).read(session)
    await expect(reading).rejects.toMatchObject({
      rootCause: { id: 'tool:promtool', text: expect.stringContaining('apt-get install') },
    })
  })

  it.skipIf(!hasPromtool)('passes the corrected rules', async () => {
    const rules = await readFile(RULES, 'utf8')
    const { value } = await promtoolTest({ rules: onHost(rules), tests: await tests() }).read(session)
    expect(value).toEqual({ exitCode: 0, output: expect.stringContaining('SUCCESS') })
  })

  it.skipIf(!hasPromtool).each([
    ['an alert that is gone', /alert: ServiceDown/, 'alert: ServiceGone'],
    [
      'a ratio whose sides are not summed',
      /sum by \(job\) \(rate\(hook_events_basic_total\[5m\]\)\)/,
      'rate(hook_events_basic_total[5m])',
    ],
    ['an alert that does not see a vanished job', /or absent\(up\{job="workflow-coordinator"\}\)/, ''],
    ['an alert that looks at the exporter alone', /pg_up\{job="postgres"\} == 0\s+or/, ''],
    ['a threshold that is too high', /> 0\.2\b/, '> 2'],
    ['an alert that waits too long', /for: 30s/, 'for: 10m'],
  ])('shows %s', async (_, pattern, replacement) => {
    const rules = await readFile(RULES, 'utf8')
    const broken = rules.replace(pattern, replacement)
    expect(broken).not.toBe(rules)
    const { value } = await promtoolTest({ rules: onHost(broken), tests: await tests() }).read(session)
    expect(value).toEqual({ exitCode: 1, output: expect.stringContaining('FAILED') })
  })
})
