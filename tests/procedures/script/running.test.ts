import { execFile } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { inTransaction, withDatabase } from '../../../src/procedures/database.ts'
import { BACKUP, ROLLBACK } from '../../../src/procedures/outlines.ts'
import { restoreDatabase, verifyBackup } from '../../../src/procedures/restore.ts'
import { schemaHash } from '../../../src/procedures/schema-hash.ts'
import { backupScript } from '../../../src/procedures/script/backup-script.ts'
import { rollbackScript } from '../../../src/procedures/script/rollback-script.ts'
import { cannotRunScripts, imageId, type ScriptHost } from '../../support/script-host.ts'
import { backedUp, backupsOf, expectRolledBack, filledHost, placeOf, spoil } from './spoilt-host.ts'

const why = cannotRunScripts === undefined ? '' : ` (${cannotRunScripts})`

/** Every look is a handful of processes; a busy machine takes its time for them. */
const SLOW_MS = 180_000

describe.skipIf(cannotRunScripts !== undefined)(`a printed script, run by bash${why}`, { timeout: SLOW_MS }, () => {
  let host: ScriptHost
  beforeEach(async () => {
    host = await filledHost()
  })
  afterEach(() => host?.[Symbol.asyncDispose]())

  it('takes a backup that our own restore takes, to the same schema and rows', async () => {
    const { directory, manifest } = await backedUp(host)
    await verifyBackup(directory, manifest)
    const fresh = await host.databases.fresh()
    const restored = await restoreDatabase({ directory, manifest, database: fresh })
    expect(restored.tables.find(({ name }) => name === 'kept')?.rows).toBe(500)
    // Also newest rows and columns, as our own backup would tell them.
    expect(manifest.database.tables).toEqual(restored.tables)
    const hash = await withDatabase(host.live, (client) => inTransaction(client, 'BEGIN', () => schemaHash(client)))
    expect(manifest.database.schemaHash).toBe(hash)
    const ends = manifest.kafka?.topics.map(({ name, partition, offset }) => `${name} ${partition} ${offset}`)
    expect(ends).toEqual(['a.v1 0 12', 'b.v1 0 3', 'b.v1 1 4'])
    expect(manifest.kafka?.log, 'a broker whose log is on no volume').toBeUndefined()
    expect(manifest.redis).toEqual({ path: 'redis/dump.rdb', keys: 7 })
    expect(await readFile(path.join(directory, 'redis/dump.rdb'), 'utf8')).toBe('REDIS0011 snapshot')
    expect(manifest.images).toEqual({
      postgres: imageId('a'),
      receiver: imageId('9'),
      prometheus: imageId('c'),
      nginx: imageId('d'),
    })
    const originals = manifest.configuration.map(({ original }) => path.relative(placeOf(host), original))
    expect(originals).toEqual(['.env.production', 'docker-compose.yml', 'config/nginx.conf'])
  })

  it('takes the events with it where the broker keeps them on a volume', async () => {
    await writeFile(host.engine('log'), '/var/lib/log\n')
    const { directory, manifest } = await backedUp(host)
    await verifyBackup(directory, manifest)
    expect(manifest.kafka?.log).toBe('kafka/log.tar.gz')
    const { stdout } = await promisify(execFile)('tar', ['-tzf', path.join(directory, 'kafka/log.tar.gz')])
    expect(stdout).toContain('var/lib/log/a.v1-0/0.log\n')
  })

  it('of a backup that was killed takes a whole one the next time, and leaves no half of the first', async () => {
    for (const { name } of BACKUP.steps.slice(1)) {
      const killed = await host.run(backupScript(host.site), { killAt: `: ${name} …` })
      expect(killed.exitCode, name).toBeNull()
    }
    const { directory, manifest } = await backedUp(host)
    await verifyBackup(directory, manifest)
    expect((await backupsOf(host)).filter((name) => name.endsWith('.partial'))).toEqual([])
  })

  it('rolls back rows, schema, settings, configuration and images, and keeps what it replaced', async () => {
    const backup = await backedUp(host)
    await spoil(host)
    const script = rollbackScript(host.site, backup)
    const ran = await host.run(script)
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' })
    expect(ran.stdout).toContain('"kept": 501 rows now, 500 in the backup')
    expect(ran.stdout).toMatch(/the replaced database is kept as product_before_\d{8}_\d{6}\n/)
    await expectRolledBack(host)
    const log = await readFile(host.site.paths.rollbackLog, 'utf8')
    expect(log).toMatch(/^\[[\d-]+ [\d:]+\] INFO rollback started: \{"backup":"/)
    expect(log).toMatch(/INFO step 3 of 7: restore database done in \d+ ms\n/)
    expect(log.trimEnd()).toMatch(/INFO rollback completed in \d+ ms$/)

    const again = await host.run(script)
    expect(again.exitCode).toBe(0)
    expect(again.stdout).toMatch(/This rollback, begun .*, was completed\. Nothing was done; to do it once more give --again\./)
    await rm(path.join(host.site.paths.backups, '.runbook', 'rollback.state'))
    const forgotten = await host.run(script)
    expect(forgotten).toMatchObject({ exitCode: 3 })
    expect(forgotten.stderr).toMatch(/is what an earlier run restored from this backup; .* give --again if that is meant/)
    await expectRolledBack(host)
  })

  it('goes on where it was killed, in each of its steps and after those that cannot be repeated', async () => {
    const backup = await backedUp(host)
    await spoil(host)
    const script = rollbackScript(host.site, backup)
    for (const { name } of ROLLBACK.steps) {
      const isDelicate = name.includes('database')
      for (const killAt of [`: ${name} …`, ...(isDelicate ? [`: ${name}: done\n`] : [])]) {
        const killed = await host.run(script, { killAt })
        expect(killed, `${killAt} ${killed.stderr}`).toMatchObject({ exitCode: null })
      }
    }
    const ran = await host.run(script)
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' })
    expect(ran.stdout).toContain('step 3 of 7: restore database: was done before')
    await expectRolledBack(host)
  })

  it('holds no secret, and shows none to who lists processes', async () => {
    const backup = await backedUp(host)
    await spoil(host)
    const script = rollbackScript(host.site, backup)
    await host.run(script)
    const { password } = host.databases.admin
    for (const text of [script, backupScript(host.site), await readFile(host.engine('calls'), 'utf8')]) {
      expect(text).not.toContain(password)
      expect(text).not.toContain('the key')
    }
  })
})
