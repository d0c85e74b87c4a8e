import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadTarget } from '../../src/targets/load.ts'

interface End {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs one of the two tools as npm does, from where the operator stands. */
function run(tool: 'check' | 'init', argv: readonly string[], from: string): Promise<End> {
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VITEST|RUNBOOK_|npm_|TEST$)/.test(name)),
  )
  const { promise, resolve } = Promise.withResolvers<End>()
  execFile(
    process.execPath,
    [`src/cli/target-${tool}.ts`, ...argv],
    { env: { ...environment, INIT_CWD: from } },
    (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr }),
  )
  return promise
}

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'target-tools-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('target:init', () => {
  it('asks this machine and writes a file that target:check reads; never over another', async () => {
    expect(await run('init', ['--host=local', '--name=here', '--out=here.yaml'], folder)).toMatchObject({ code: 0 })
    const file = path.join(folder, 'here.yaml')
    expect(loadTarget(file)).toMatchObject({ name: 'here', kind: 'live', allow: ['read'] })
    const before = readFileSync(file, 'utf8')
    const again = await run('init', ['--host=local', '--out=here.yaml'], folder)
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('exists already') })
    expect(readFileSync(file, 'utf8')).toBe(before)
    const checked = await run('check', ['here.yaml'], folder)
    expect(checked.stdout).toMatch(/^target here \(live, .*\) allows read\n/)
    expect(checked.stdout).toMatch(/hosts\.services, database, broker +local +(reached|partly) /)
    expect(checked.stdout).toMatch(/✗ public\.hook-receiver/)
    expect(checked.code).toBe(1)
  })

  it.each([
    [[], /^usage: npm run target:init/],
    [['--host=telnet:x'], /expected local, ssh:HOST or container:NAME/],
    [['--hots=local'], /Unknown option/],
    [['--host=local', '--ssh-config=x'], /local is not reached by ssh/],
  ])('refuses %j with 2', async (argv, message) => {
    expect(await run('init', argv, folder)).toMatchObject({ code: 2, stderr: expect.stringMatching(message) })
  })
})

describe('target:check', () => {
  it.each([
    [[], /^usage: npm run target:check/],
    [['prodd'], /unknown target "prodd", did you mean "prod"\?/],
    [['embedded'], /there is nothing to check/],
    [['none.yaml'], /there is no file .*none\.yaml/],
  ])('refuses %j with 2', async (argv, message) => {
    expect(await run('check', argv, folder)).toMatchObject({ code: 2, stderr: expect.stringMatching(message) })
  })
})
