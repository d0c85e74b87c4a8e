import { createHash } from 'node:crypto'
import { appendFile, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect } from 'vitest'
import { databasesLike } from '../../../src/procedures/database-swap.ts'
import { readManifest } from '../../../src/procedures/restore.ts'
import { backupScript } from '../../../src/procedures/script/backup-script.ts'
import type { ChosenBackup } from '../../../src/procedures/script/site.ts'
import { run } from '../../support/procedure-database.ts'
import { imageId, type ScriptHost, scriptHost } from '../../support/script-host.ts'

/** The image that runs before a bad release, and that of the bad release. */
export const OLD = imageId('b')
export const NEW = imageId('e')

/** A host with rows to lose: a table of its own beside the schema of the procedures' other tests. */
export async function filledHost(name?: string): Promise<ScriptHost> {
  const host = await scriptHost(name)
  await run(host.live, await readFile(new URL('../schema.sql', import.meta.url), 'utf8'))
  await run(host.live, "CREATE TABLE kept (x text); INSERT INTO kept SELECT 'good' || i FROM generate_series(1, 500) i")
  const quoted = host.live.database.replaceAll('"', '""')
  await run(host.databases.admin, `ALTER DATABASE "${quoted}" SET timezone TO 'Asia/Tokyo'`)
  return host
}

export function placeOf(host: ScriptHost, ...parts: string[]): string {
  return path.join(host.site.paths.application, ...parts)
}

/** Names of the backups on the host. */
export async function backupsOf(host: ScriptHost): Promise<string[]> {
  return (await readdir(host.site.paths.backups)).filter((name) => !name.startsWith('.')).toSorted()
}

/** Takes a backup by the printed script. */
export async function backedUp(host: ScriptHost): Promise<ChosenBackup> {
  const ran = await host.run(backupScript(host.site))
  expect(ran, 'the backup').toMatchObject({ exitCode: 0, stderr: '' })
  return chosen(path.join(host.site.paths.backups, (await backupsOf(host)).at(-1) ?? ''))
}

/** The backup in that directory, as it is chosen for a rollback. */
export async function chosen(directory: string): Promise<ChosenBackup> {
  const text = await readFile(path.join(directory, 'manifest.json'))
  const manifestSha256 = createHash('sha256').update(text).digest('hex')
  const references = { receiver: `registry.example.com/b@${imageId('9')}`, nginx: imageId('d') }
  return { directory, manifest: await readManifest(directory), manifestSha256, references, losses: [] }
}

/** What a bad release does: another image, hollow rows, a column more, another environment, a file more. */
export async function spoil(host: ScriptHost): Promise<void> {
  await run(host.live, "UPDATE kept SET x = 'bad'; ALTER TABLE kept ADD COLUMN bad int; INSERT INTO kept VALUES ('later')")
  await host.start('receiver', NEW)
  await appendFile(placeOf(host, '.env.production'), 'LOG_LEVEL=DEBUG\n')
  await writeFile(placeOf(host, 'config', 'added.conf'), 'bad\n')
}

const rows = (database: ScriptHost['live']) => run(database, 'SELECT count(*)::int AS rows, min(x) AS least FROM kept')
const databases = (host: ScriptHost) => databasesLike({ admin: host.databases.admin }, host.live.database)

export async function expectRolledBack(host: ScriptHost): Promise<void> {
  expect(await rows(host.live)).toEqual([{ rows: 500, least: 'good1' }])
  expect(await run(host.live, 'SHOW timezone')).toEqual([{ TimeZone: 'Asia/Tokyo' }])
  const envFile = placeOf(host, '.env.production')
  expect(await readFile(envFile, 'utf8')).not.toContain('DEBUG')
  expect((await stat(envFile)).mode & 0o777).toBe(0o640)
  expect((await readdir(placeOf(host, 'config'))).sort()).toEqual(['added.conf.after-rollback', 'nginx.conf'])
  expect(await host.running()).toMatchObject({ receiver: OLD, nginx: imageId('d'), postgres: imageId('a') })
  const [live, kept, ...others] = await databases(host)
  expect([live, others]).toEqual([host.live.database, []])
  expect(await rows({ ...host.live, database: kept ?? '' })).toEqual([{ rows: 501, least: 'bad' }])
}

export async function expectUntouched(host: ScriptHost): Promise<void> {
  expect(await rows(host.live)).toEqual([{ rows: 501, least: 'bad' }])
  expect(await databases(host)).toEqual([host.live.database])
  expect(await host.running()).toMatchObject({ receiver: NEW, nginx: imageId('d') })
  expect(await readFile(placeOf(host, '.env.production'), 'utf8')).toContain('DEBUG')
}
