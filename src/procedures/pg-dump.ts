import path from 'node:path'
import { Readable } from 'node:stream'
import type { DatabaseDump, DumpRequest, LoadRequest } from './dump.ts'
import { type BackupFile, UnusableBackup } from './manifest.ts'
import { runTool, type Tool } from './postgres-tool.ts'
import { storeFile } from './stored-file.ts'

const ARCHIVE = 'database.dump'

/** The server's own tools: pg_dump in its custom format, loaded by pg_restore in one transaction. */
export function pgDump(): DatabaseDump {
  return { method: 'pg_dump', loadsInTransaction: false, dump, load }
}

async function dump({ connection, snapshot, directory, signal }: DumpRequest): Promise<readonly BackupFile[]> {
  const argv = ['--format=custom', '--compress=1', '--no-password', `--snapshot=${snapshot}`]
  const tool = runTool('pg_dump', argv, connection, { signal })
  try {
    return [await storeFile(Readable.from(wholeOutput(tool)), { directory, path: ARCHIVE })]
  } finally {
    // Where the disk was full, say, the tool ends by itself once nobody reads it any more.
    await Promise.allSettled([tool.ended])
  }
}

async function load({ connection, directory, manifest, signal }: LoadRequest): Promise<void> {
  if (!manifest.files.some((file) => file.path === ARCHIVE)) throw new UnusableBackup(`the manifest does not list ${ARCHIVE}`)
  const argv = ['--single-transaction', '--exit-on-error', '--no-owner', '--no-password', '--dbname', connection.database]
  await runTool('pg_restore', [...argv, path.join(directory, ARCHIVE)], connection, { signal }).finish()
}

/** The stream ends when the tool does, also half-way: only its exit code tells a whole dump from a part of one. */
async function* wholeOutput({ output, ended }: Tool): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const chunk of output) {
    bytes += (chunk as Buffer).length
    yield chunk as Buffer
  }
  await ended
  if (bytes === 0) throw new Error('pg_dump ended well and wrote nothing')
}
