import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backupsOf, expectRolledBack, filledHost, spoil } from '../procedures/script/spoilt-host.ts'
import { printProcedure, targetFileOf } from '../support/print-procedure.ts'
import { cannotRunScripts, imageId, type Ran, type ScriptHost } from '../support/script-host.ts'

const why = cannotRunScripts === undefined ? '' : ` (${cannotRunScripts})`
/** A whole backup and a whole rollback, on a machine that may be busy. */
const SLOW_MS = 120_000

describe.skipIf(cannotRunScripts !== undefined)(`npm run backup, deploy, rollback -- --print${why}`, () => {
  let host: ScriptHost
  let target: string
  beforeAll(async () => {
    host = await filledHost()
    target = await targetFileOf(host)
  })
  afterAll(() => host?.[Symbol.asyncDispose]())

  const print = (procedure: string, ...argv: string[]): Promise<Ran> =>
    printProcedure(host, procedure, ['--print', `--target=${target}`, ...argv])
  async function expectRefused(ran: Promise<Ran>, exitCode: number, pattern: RegExp): Promise<void> {
    const { stdout, ...rest } = await ran
    expect(rest).toEqual({ exitCode, stderr: expect.stringMatching(pattern) })
    expect(stdout).toBe('')
  }

  it('tells that there is no backup to go back to', () =>
    expectRefused(print('rollback'), 2, /^--backup: \/.*\/backups holds no backup; a rollback needs one\n$/))

  it(
    'prints what, run there, backs up and rolls back',
    async () => {
      const backup = await print('backup')
      expect(backup).toMatchObject({ exitCode: 0, stderr: '' })
      expect(await host.run(backup.stdout)).toMatchObject({ exitCode: 0, stderr: '' })
      await spoil(host)
      const rollback = await print('rollback')
      expect(rollback).toMatchObject({ exitCode: 0, stderr: '' })
      const header = rollback.stdout.slice(0, rollback.stdout.indexOf('set -euo')).replaceAll('\n# ', ' ')
      expect(header).toMatch(/^#!\/usr\/bin\/env bash Rollback of test on .* to the backup \/.*\/backups\/\d{8}_\d{6}\n/)
      expect(header).toMatch(/taken [\d-]+ [\d:]+ UTC, PostgreSQL 15, schema version 0002, \d+ rows in \d+ tables/)
      expect(header).toMatch(/Rolling back now to the backup of .* would lose 1 row in 1 table/)
      expect(header).toContain('Approval: CTO or architecture team (level 3, Data loss risk; answers in: immediately)')
      expect(await host.run(rollback.stdout)).toMatchObject({ exitCode: 0, stderr: '' })
      await expectRolledBack(host)
    },
    SLOW_MS,
  )

  it('says so where the backup names the images that run, and lists the others', async () => {
    const [name = ''] = await backupsOf(host)
    const { stdout } = await print('rollback', `--backup=${name}`)
    expect(stdout.replaceAll('\n# ', ' ')).toContain(
      'the backup names exactly the images that run now: going back to it takes data back and no release',
    )
    await expectRefused(
      print('rollback', '--backup=20200101_000000'),
      2,
      /^--backup: there is no 20200101_000000 in .*; the newest there: \d{8}_\d{6}\n$/,
    )
    await expectRefused(
      print('rollback', '--backup=/nowhere'),
      2,
      /^\/nowhere has no manifest\.json that .* can read; without one it is incomplete/,
    )
  })

  it('prints the deploy of a release by digest, and refuses one by version or of an unknown service', async () => {
    const release = path.join(host.directory, 'release.yaml')
    await writeFile(release, `services: { receiver: "${imageId('e')}" }\nschemaVersion: "0002"\n`)
    const { stdout, exitCode } = await print('deploy', `--release=${release}`)
    expect(exitCode).toBe(0)
    expect(stdout.match(/^# +receiver: .*$/m)?.[0]).toBe(`#   receiver: registry.example.com/e@${imageId('e')}`)
    expect(stdout.match(/^ +SCHEMA_VERSION=.*$/m)?.[0]).toBe("  SCHEMA_VERSION='0002'")
    await writeFile(release, 'services: { receiver: 2.0.0 }\n')
    await expectRefused(
      print('deploy', `--release=${release}`),
      2,
      /receiver is named by "2\.0\.0"; a deploy starts images by digest/,
    )
    await writeFile(release, `services: { reciever: "${imageId('e')}" }\n`)
    await expectRefused(print('deploy', `--release=${release}`), 2, /has no service reciever; it has: .*receiver/)
    await expectRefused(print('deploy'), 2, /^--release: nobody said what is to be deployed/)
  })

  it('prints nothing where the host cannot be looked at', async () => {
    await writeFile(host.engine('down'), '')
    await expectRefused(
      print('backup'),
      3,
      /cannot be looked at: its engine does not answer \(docker: permission denied\); put the account into the group docker/,
    )
    await rm(host.engine('down'))
    const compose = await readFile(host.site.composeFile)
    await writeFile(host.site.composeFile, 'services: [\n')
    await expectRefused(print('backup'), 3, /docker-compose\.yml is no compose file that can be read/)
    await writeFile(host.site.composeFile, 'services: { other: { image: x } }\n')
    await expectRefused(print('backup'), 2, /has none of the target's services \(receiver\)/)
    await writeFile(host.site.composeFile, compose)
    const far = await targetFileOf(host, {
      hosts: { services: { shell: 'ssh', address: 'nobody@127.0.0.1', sshConfig: '/dev/null' } },
    })
    await expectRefused(print('backup'), 3, /nobody@127\.0\.0\.1/)
    expect(await targetFileOf(host)).toBe(far)
  })

  it('says what is wrong with the command line', async () => {
    const run = (procedure: string, ...argv: string[]) => printProcedure(host, procedure, argv)
    await expectRefused(
      run('rollback', `--target=${target}`),
      2,
      /^rollback changes a live system, and nothing of the runbook does that by itself: give --print/,
    )
    await expectRefused(
      run('rollback', '--print'),
      2,
      /^--target: expected a name or a file\nusage: npm -s run rollback -- --print/,
    )
    await expectRefused(
      run('rollback', '--print', '--target=embedded'),
      2,
      /^target embedded is embedded: it lives for one run alone/,
    )
    await expectRefused(run('backup', '--print', '--force'), 2, /Unknown option '--force'/)
    await expectRefused(run('backup', '--print', '--target=prod', '--backup=newest'), 2, /^--backup is no option of backup/)
    await expectRefused(run('deploy', '--print', '--target=nowhere.yaml'), 2, /nowhere\.yaml/)
    expect(await run('rollback', '--help')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^usage: npm -s run rollback -- --print/),
    })
  })
})
