import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { Readable } from 'node:stream'
import type { DatabaseConnection } from './database.ts'
import type { DatabaseDump, DumpRequest, LoadRequest } from './dump.ts'
import { type BackupFile, UnusableBackup } from './manifest.ts'
import { storeFile } from './stored-file.ts'

const ARCHIVE = 'database.dump'
/** Standard error of a tool that is kept for the message. */
const MAX_COMPLAINT = 4_000

/** The server's own tools: pg_dump in its custom format, loaded by pg_restore in one transaction. */
export function pgDump(): DatabaseDump {
  return { method: 'pg_dump', loadsInTransaction: false, dump, load }
}

async function dump({ connection, snapshot, directory, signal }: DumpRequest): Promise<readonly BackupFile[]> {
  const argv = ['--format=custom', '--compress=1', '--no-password', `--snapshot=${snapshot}`]
  const tool = run('pg_dump', argv, connection, signal)
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
  const tool = run('pg_restore', [...argv, path.join(directory, ARCHIVE)], connection, signal)
  tool.output.resume()
  await tool.ended
}

interface Tool {
  readonly output: Readable
  /** Rejects where the tool could not be started or did not end with 0, with what it said. */
  readonly ended: Promise<void>
}

function run(name: string, argv: readonly string[], connection: DatabaseConnection, signal?: AbortSignal): Tool {
  const child = spawn(name, argv, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment(connection) },
    ...(signal === undefined ? {} : { signal }),
  })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = `${complaint}${text}`.slice(0, MAX_COMPLAINT)
  })
  const ended = end()
  // Whoever reads the output awaits this after its last byte; until then a rejection is nobody's yet.
  void Promise.allSettled([ended])
  return { output: child.stdout, ended }

  async function end(): Promise<void> {
    const [code, killedBy] = await once(child, 'close').catch((error: Error) => {
      throw missing(name, error)
    })
    if (code === 0) return
    throw new Error(`${name} ended with ${code ?? killedBy}: ${complaint.trim() || 'no message'}`)
  }
}

function missing(name: string, error: Error): Error {
  if (!('code' in error) || error.code !== 'ENOENT') return error
  return new Error(`this backup needs ${name}, which is not on the PATH; install the server's client tools`, { cause: error })
}

/** The way libpq takes a password that must not stand on a command line. */
function environment({ host, port, user, password, database, ssl }: DatabaseConnection): NodeJS.ProcessEnv {
  return {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
    PGSSLMODE: ssl === true ? 'require' : 'prefer',
    PGAPPNAME: 'runbook-procedure',
  }
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
