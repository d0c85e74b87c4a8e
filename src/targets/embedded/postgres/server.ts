import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import path from 'node:path'
import { until } from '../../../wait.ts'
import type { Watchdog } from '../../../watchdog/index.ts'
import { freePort } from '../../free-port.ts'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'

const READY_MS = 20_000
const POLL_MS = 5
const STOP_MS = 5_000
/** Between choosing a free port and binding it, another process may take it. */
const PORT_ATTEMPTS = 5

export interface ServerOptions {
  readonly binaries: Binaries
  readonly account: Account | undefined
  readonly dataDirectory: string
  readonly logFile: string
  /** Server settings by their name in postgresql.conf. */
  readonly settings: Readonly<Record<string, string>>
  readonly watchdog: Watchdog | undefined
  readonly signal: AbortSignal
}

/** A running postmaster. */
export interface Server {
  readonly host: '127.0.0.1'
  readonly port: number
  readonly pid: number
  /** Ends it and waits until it is gone; `immediate` as a crash would. Idempotent. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>
}

/** Settings for a server whose data nobody will miss. */
const THROWAWAY = {
  fsync: 'off',
  shared_buffers: '16MB',
  // Files of the data directory, which go with it: POSIX segments outlive a server that is killed.
  dynamic_shared_memory_type: 'mmap',
  unix_socket_directories: '',
  timezone: 'UTC',
  log_timezone: 'UTC',
}

/** Starts the server on a free port, or on the one given, and returns once it accepts connections. @throws Error with the server's log where it does not come up. */
export async function startServer(options: ServerOptions, fixedPort?: number): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    const port = fixedPort ?? (await freePort())
    const postmaster = await launch(options, port)
    const isUp = await becomesReady(postmaster, options)
    if (isUp)
      return { host: '127.0.0.1', port, pid: postmaster.pid ?? -1, stop: (mode = 'fast') => end(postmaster, mode, options) }
    await end(postmaster, 'immediate', options)
    options.signal.throwIfAborted()
    const log = await readFile(options.logFile, 'utf8')
    const portTaken = log.includes('could not bind')
    if (!portTaken || fixedPort !== undefined || attempt === PORT_ATTEMPTS)
      throw new Error(`PostgreSQL did not come up on port ${port}; its log ends:\n${log.slice(-2_000)}`)
  }
}

async function launch(
  { binaries, account, dataDirectory, logFile, settings, watchdog }: ServerOptions,
  port: number,
): Promise<ChildProcess> {
  const all = { ...THROWAWAY, ...settings, listen_addresses: '127.0.0.1', port: String(port) }
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const log = await open(logFile, 'w')
  try {
    const argv = ['-D', dataDirectory, ...flags]
    // Detached: Ctrl-C in the terminal is the run's to handle, and the run still needs its database then.
    const child = spawn(binaries.postgres, argv, { ...account, detached: true, stdio: ['ignore', log.fd, log.fd], env: {} })
    if (child.pid === undefined) await once(child, 'spawn')
    watchdog?.guardProcess(child.pid ?? -1, { group: false, signal: 'SIGQUIT' })
    return child
  } finally {
    await log.close()
  }
}

/** The postmaster writes `ready` into its pid file once it accepts connections. */
async function becomesReady(postmaster: ChildProcess, { dataDirectory, signal }: ServerOptions): Promise<boolean> {
  const state = async (): Promise<'ready' | 'starting' | 'ended'> => {
    if (hasEnded(postmaster)) return 'ended'
    const lines = (await readIfThere(path.join(dataDirectory, 'postmaster.pid'))).split('\n')
    return lines[7]?.trim() === 'ready' && lines[0] === String(postmaster.pid) ? 'ready' : 'starting'
  }
  return (await until(state, (now) => now !== 'starting', { deadlineMs: READY_MS, everyMs: POLL_MS, signal })) === 'ready'
}

async function end(postmaster: ChildProcess, mode: 'fast' | 'immediate', { watchdog }: ServerOptions): Promise<void> {
  if (!hasEnded(postmaster)) {
    const exited = once(postmaster, 'exit')
    postmaster.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT')
    const impatience = setTimeout(() => postmaster.kill('SIGKILL'), STOP_MS)
    await exited
    clearTimeout(impatience)
  }
  watchdog?.release({ pid: postmaster.pid ?? -1 })
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}
