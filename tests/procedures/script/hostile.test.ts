import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { takeBackup } from '../../../src/procedures/backup.ts'
import { copyDump } from '../../../src/procedures/copy-dump.ts'
import { verifyBackup } from '../../../src/procedures/restore.ts'
import { deployScript } from '../../../src/procedures/script/deploy-script.ts'
import { rollbackScript } from '../../../src/procedures/script/rollback-script.ts'
import { run } from '../../support/procedure-database.ts'
import { cannotRunScripts, imageId, type ScriptHost } from '../../support/script-host.ts'
import { backedUp, backupsOf, chosen, expectRolledBack, filledHost, NEW, placeOf, spoil } from './spoilt-host.ts'

const why = cannotRunScripts === undefined ? '' : ` (${cannotRunScripts})`
const SLOW_MS = 120_000

describe.skipIf(cannotRunScripts !== undefined)(`a printed script${why}`, { timeout: SLOW_MS }, () => {
  let host: ScriptHost
  afterEach(() => host?.[Symbol.asyncDispose]())

  it('runs nothing that stands in a name', async () => {
    host = await filledHost(`it's a "db" $(touch pwned); \`touch pwned\` *`)
    const backup = await backedUp(host)
    await verifyBackup(backup.directory, backup.manifest)
    await spoil(host)
    expect(await host.run(rollbackScript(host.site, backup))).toMatchObject({ exitCode: 0, stderr: '' })
    await expectRolledBack(host)
    for (const place of [host.directory, placeOf(host), process.cwd()])
      await expect(readFile(path.join(place, 'pwned'))).rejects.toThrow(/ENOENT/)
  })

  it('goes back to a backup that was taken without pg_dump', async () => {
    host = await filledHost()
    const { configuration, folders, backups } = host.site.paths
    const files = [...configuration, placeOf(host, 'config', 'nginx.conf')]
    const { directory } = await takeBackup({
      backups,
      database: host.live,
      configuration: files.map((file) => ({ source: file, original: file })),
      configurationFolders: folders,
      images: { receiver: imageId('9'), nginx: imageId('d') },
      dump: copyDump(),
    })
    await spoil(host)
    expect(await host.run(rollbackScript(host.site, await chosen(directory)))).toMatchObject({ exitCode: 0, stderr: '' })
    await expectRolledBack(host)
  })

  it('deploys a release in eight steps, goes on after a failure, and keeps the backup of before the first attempt', async () => {
    host = await filledHost()
    const images = {
      postgres: imageId('a'),
      receiver: `registry.example.com/e@${NEW}`,
      prometheus: imageId('c'),
      nginx: imageId('d'),
    }
    const release = { name: '2.0.0', references: images, schemaVersion: '0003' }
    const script = deployScript({ ...host.site, migrations: 'migrate' }, release)
    await writeFile(host.engine('bad-migration'), '')
    const broken = await host.run(script)
    expect(broken.stderr).toMatch(
      /step 4 of 8, "topics and schema" \(action\): the migrations ended with an error: .*already exists/,
    )
    await rm(host.engine('bad-migration'))
    const failed = await host.run(script)
    expect(await readFile(host.engine('calls'), 'utf8')).toMatch(/compose .* run --rm --no-deps -T migrate/)
    expect(failed.exitCode).toBe(1)
    expect(failed.stderr).toMatch(
      /deploy stopped at step 4 of 8, "topics and schema" \(action\): the newest migration of product is 0002, and the release expects 0003/,
    )
    expect(failed.stderr).toMatch(/What to do: read the error of the migration; roll back/)
    expect(await host.running()).toMatchObject({ receiver: imageId('b') })
    await run(host.live, "INSERT INTO schema_migrations (version) VALUES ('0003')")
    const ran = await host.run(script)
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' })
    expect(ran.stdout).toContain('step 1 of 8: backup: was done before')
    expect(await host.running()).toMatchObject({ receiver: NEW, nginx: imageId('d') })
    expect(await backupsOf(host)).toHaveLength(1)
    expect(await readFile(host.site.composeFile, 'utf8')).toContain(
      `receiver: { image: "registry.example.com/e@${NEW}", depends_on`,
    )
    expect(
      (await chosen(path.join(host.site.paths.backups, (await backupsOf(host))[0] ?? ''))).manifest.database.schemaVersion,
    ).toBe('0002')
    const log = await readFile(host.site.paths.deployLog, 'utf8')
    expect(log).toMatch(
      /INFO deploy started: \{"release":"2\.0\.0"[\s\S]*ERROR deploy failed at "topics and schema"[\s\S]*INFO deploy completed in \d+ ms\n$/,
    )
    const gone = { ...release, name: '2.0.1', references: { ...images, receiver: `registry.example.com/x@${imageId('0')}` } }
    const absent = await host.run(deployScript(host.site, gone))
    expect(absent.exitCode).toBe(1)
    expect(absent.stderr).toMatch(
      /deploy stopped at step 2 of 8, "images"[\s\S]*What to do: check the registry, the login and the digest/,
    )
  })
})
