import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Watchdog } from '../../../watchdog/index.ts'
import type { Account } from './account.ts'
import { type Binaries, PostgresUnavailable } from './binaries.ts'

export interface InitialiseOptions {
  readonly binaries: Binaries
  readonly account: Account | undefined
  readonly dataDirectory: string
  readonly superuserPassword: string
  readonly watchdog: Watchdog | undefined
  readonly signal: AbortSignal
}

/** Makes an empty cluster whose only account is `postgres`, by password only. @throws PostgresUnavailable where the binaries do not run here, Error with initdb's output where it fails. */
export async function initialiseCluster({
  binaries,
  account,
  dataDirectory,
  superuserPassword,
  watchdog,
  signal,
}: InitialiseOptions): Promise<void> {
  const passwordFile = path.join(dataDirectory, '..', 'superuser-password')
  // World-readable for a moment inside a directory that is the server account's own: initdb reads it as that account.
  await writeFile(passwordFile, superuserPassword, { mode: account === undefined ? 0o600 : 0o644 })
  try {
    const argv = ['-D', dataDirectory, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`]
    await run(binaries.initdb, [...argv, '--no-sync', '--no-instructions', '--locale=C', '--encoding=UTF8'], {
      account,
      watchdog,
      signal,
    })
  } finally {
    await rm(passwordFile, { force: true })
  }
}

async function run(
  command: string,
  argv: readonly string[],
  { account, watchdog, signal }: Pick<InitialiseOptions, 'account' | 'watchdog' | 'signal'>,
): Promise<void> {
  const child = spawn(command, argv, { ...account, detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: {}, signal })
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => output.push(chunk))
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  child.once('error', (error) => reject(signal.aborted ? error : doesNotRun(command, error)))
  child.once('close', (code) =>
    code === 0 ? resolve() : reject(new Error(`${path.basename(command)} failed (${code}): ${output.join('').trim()}`)),
  )
  if (child.pid !== undefined) watchdog?.guardProcess(child.pid)
  try {
    await promise
  } finally {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) await once(child, 'close')
    if (child.pid !== undefined) watchdog?.release({ pid: child.pid })
  }
}

/** ENOENT for a file that exists means that its loader is missing, as on Alpine, whose C library is another one. */
function doesNotRun(command: string, error: Error): PostgresUnavailable {
  return new PostgresUnavailable(`the PostgreSQL binaries do not run on this system: ${command}: ${error.message}`)
}
