import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { createGunzip } from 'node:zlib'
import type { DatabaseConnection } from './database.ts'
import { UnusableBackup } from './manifest.ts'
import { runTool } from './postgres-tool.ts'

/**
 * Restores what `pg_dump | gzip` left, a file or a directory with one in it, by psql in one transaction that ends at the first
 * error. There is nothing to compare it with: such a dump says nothing of itself. @throws UnusableBackup, or what psql said.
 */
export async function restorePlainDump(place: string, connection: DatabaseConnection, signal: AbortSignal): Promise<void> {
  const file = (await stat(place)).isFile() ? place : await dumpIn(place)
  if ((await stat(file)).size === 0) throw new UnusableBackup(`${file} is empty: the dump failed, and nobody looked`)
  const content = createReadStream(file)
  const input = file.endsWith('.gz') ? [content, createGunzip()] : [content]
  const argv = ['--no-psqlrc', '--quiet', '--single-transaction', '--set=ON_ERROR_STOP=1', '--no-password', '--file=-']
  await runTool('psql', argv, connection, { signal, input }).finish()
}

async function dumpIn(directory: string): Promise<string> {
  const [dump] = (await readdir(directory)).filter((name) => /\.sql(\.gz)?$/.test(name))
  if (dump === undefined) throw new UnusableBackup(`${directory} holds neither a manifest nor a dump`)
  return path.join(directory, dump)
}
