import { appendFile, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rollbackScript } from '../../../src/procedures/script/rollback-script.ts'
import type { ChosenBackup } from '../../../src/procedures/script/site.ts'
import { cannotRunScripts, type Ran, type ScriptHost } from '../../support/script-host.ts'
import { backedUp, expectRolledBack, expectUntouched, filledHost, spoil } from './spoilt-host.ts'

const why = cannotRunScripts === undefined ? '' : ` (${cannotRunScripts})`

/** Every look is a handful of processes; a busy machine takes its time for them. */
const SLOW_MS = 180_000

describe.skipIf(cannotRunScripts !== undefined)(
  `a printed rollback whose precondition is not met${why}`,
  { timeout: SLOW_MS },
  () => {
    let host: ScriptHost
    let backup: ChosenBackup
    let script: string
    beforeAll(async () => {
      host = await filledHost()
      backup = await backedUp(host)
      await spoil(host)
      script = rollbackScript(host.site, backup)
    })
    afterAll(() => host?.[Symbol.asyncDispose]())

    const state = (): string => path.join(host.site.paths.backups, '.runbook', 'rollback.state')
    async function refused(pattern: RegExp, ran: Ran): Promise<void> {
      expect(ran.stderr).toMatch(pattern)
      expect(ran.exitCode).toBe(3)
      await expectUntouched(host)
    }
    /** Changes a file, runs, and puts it back. */
    async function with_(file: string, change: (file: string) => Promise<void>, use: () => Promise<void>): Promise<void> {
      const before = await readFile(file).catch(() => undefined)
      await change(file)
      try {
        await use()
      } finally {
        await rm(file, { force: true })
        if (before !== undefined) await writeFile(file, before)
      }
    }

    it('refuses a truncated, an altered, a missing file of the backup, and a manifest that was changed since', async () => {
      const dump = path.join(backup.directory, 'database.dump')
      const run = async () => host.run(script)
      await with_(
        dump,
        (file) => truncate(file, 50),
        async () => refused(/database\.dump is truncated: it has 50 of \d+ bytes/, await run()),
      )
      await with_(
        dump,
        (file) => appendFile(file, 'x'),
        async () => refused(/database\.dump was altered: its checksum is not the one/, await run()),
      )
      await with_(
        dump,
        (file) => rm(file),
        async () => refused(/database\.dump cannot be read/, await run()),
      )
      const manifest = path.join(backup.directory, 'manifest.json')
      await with_(
        manifest,
        (file) => appendFile(file, '\n'),
        async () => refused(/is not the one that this script was printed from/, await run()),
      )
    })

    it('refuses where an image is gone or the engine does not answer, and says what to do', async () => {
      const image = host.engine(`images/${'d'.repeat(64)}`)
      await rename(image, `${image}.gone`)
      await refused(
        /the image of nginx is not on this host: sha256:d+\n[\s\S]*What to do: nothing was changed; choose an older backup/,
        await host.run(script),
      )
      await rename(`${image}.gone`, image)
      await with_(
        host.engine('down'),
        (file) => writeFile(file, ''),
        async () => refused(/the engine does not answer .*permission denied/, await host.run(script)),
      )
    })

    it('refuses on another host, without a terminal, and with an unknown option', async () => {
      const elsewhere = rollbackScript({ ...host.site, host: { ...host.site.host, name: 'app-2' } }, backup)
      await refused(/refused: this was printed for the host app-2, and this is /, await host.run(elsewhere))
      const unasked = await host.run(script, { argv: [], stdin: 'app-1\n' })
      expect(unasked).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/Nobody can be asked here/) })
      const unknown = await host.run(script, { argv: ['--force'] })
      expect(unknown).toMatchObject({
        exitCode: 2,
        stderr: expect.stringMatching(/^unknown option --force\nusage: bash procedure.sh/),
      })
      await expectUntouched(host)
    })

    it('lists its steps, and explains them without changing anything', async () => {
      await rm(state(), { force: true })
      const list = await host.run(script, { argv: ['--list'] })
      expect(list).toMatchObject({ exitCode: 0, stderr: '' })
      expect(list.stdout.split('\n')[2]).toMatch(/^\[ \] 3\. restore database: Restore into a new database/)
      const dry = await host.run(script, { argv: ['--dry-run'] })
      expect(dry).toMatchObject({ exitCode: 0, stderr: '' })
      expect(dry.stdout).toContain('   precondition: met\n')
      expect(dry.stdout).toContain('   to become: nginx still runs\nreceiver still runs\n')
      expect(dry.stdout).toMatch(/Nothing stands in the way\. Nothing was changed\.\n$/)
      await expect(readFile(state())).rejects.toThrow(/ENOENT/)
      await with_(
        host.engine('down'),
        (file) => writeFile(file, ''),
        async () => {
          const obstructed = await host.run(script, { argv: ['--dry-run'] })
          expect(obstructed).toMatchObject({ exitCode: 3 })
          expect(obstructed.stdout).toMatch(/precondition: the engine does not answer/)
        },
      )
      await expectUntouched(host)
    })

    it('says, when it is interrupted, how to go on', async () => {
      const ran = await host.run(script, { killAt: ': check inputs …', signal: 'SIGINT' })
      expect(ran.exitCode).toBe(130)
      expect(ran.stderr).toMatch(/^interrupted; run the same rollback again: it goes on from here: bash /)
      expect(await readFile(host.site.paths.rollbackLog, 'utf8')).toMatch(/ERROR rollback was interrupted\n$/)
      await expectUntouched(host)
    })

    it('refuses to go on with what another rollback has begun, and goes on with its own once the cause is gone', async () => {
      await writeFile(host.engine('health'), 'unhealthy')
      const short = script.replace("DEADLINE='300'", "DEADLINE='1'")
      const failed = await host.run(short)
      expect(failed.exitCode).toBe(1)
      expect(failed.stderr).toMatch(
        /rollback stopped at step 6 of 7, "start services" \(check\): not ready within 1 s: receiver is running unhealthy/,
      )
      expect(failed.stderr).toMatch(
        /What to do: read the logs of the service named;.*\nThen: run the same rollback again: it goes on from here: bash /,
      )
      const other = rollbackScript(host.site, { ...backup, manifestSha256: '0'.repeat(64) })
      const foreign = await host.run(other)
      expect(foreign.exitCode).toBe(3)
      expect(foreign.stderr).toMatch(
        /is unfinished and had other inputs:\n {2}then: manifest=[0-9a-f]{64}\n {2}now: {2}manifest=0{64}\nrefused: finish that one/,
      )
      await writeFile(host.engine('health'), 'healthy')
      const ran = await host.run(script)
      expect(ran).toMatchObject({ exitCode: 0, stderr: '' })
      await expectRolledBack(host)
    })

    it('refuses a state file that is none', async () => {
      await writeFile(state(), 'nonsense\n')
      expect(await host.run(script)).toMatchObject({
        exitCode: 3,
        stderr: expect.stringMatching(/is no state of this procedure; move it away/),
      })
    })
  },
)
