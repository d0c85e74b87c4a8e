import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Unreachable } from '../../outcome.ts'
import type { Watchdog } from '../../watchdog/index.ts'
import { capped } from '../capped.ts'
import { sshConfig } from './config.ts'
import { causeInWords, hostKeyOf } from './words.ts'

export interface MasterOptions {
  /** What one would give to ssh: `user@host`, or an alias of ssh_config. */
  readonly destination: string
  /** An ssh_config to use instead of the user's own. */
  readonly sshConfig?: string | undefined
  /** A directory of the run's own, with a short name: sockets may have about 100 characters. */
  readonly directory: string
  /** It carries data that is packed already, and much of it: packing it again would only cost time. */
  readonly bulk?: boolean
  /** Ends the connection where the run dies without ending it. Without one it ends with the pipe from this process. */
  readonly watchdog?: Watchdog | undefined
  readonly signal: AbortSignal
}

/** The one connection to a host, over which everything goes. */
export interface Master {
  /** Socket on which it takes commands and forwards. */
  readonly control: string
  /** Account, address and port that were really used, such as `deploy@10.0.0.5:22`. */
  readonly account: string
  /** Type and fingerprint of the key that the host showed. */
  readonly hostKey: string
  /** Ends it, with everything that goes over it. Idempotent. */
  close(): Promise<void>
}

/** ssh gives up connecting by itself after 10 s an address; this is for a host that takes the connection and then says nothing. */
const OPEN_MS = 30_000
const END_MS = 2_000
/** sun_path holds 104 bytes at least; ssh binds under a temporary name that is 17 longer. */
const LONGEST_SOCKET = 86

/**
 * Connects, and proves that commands run there. The host's key must be known.
 * @throws Unreachable with the cause in words, `refused: false`: that we are not let in says nothing about the host
 */
export async function openMaster(options: MasterOptions): Promise<Master> {
  const { destination, directory, watchdog, signal } = options
  const control = path.join(directory, randomBytes(4).toString('hex'))
  if (control.length > LONGEST_SOCKET) throw unreachable(destination, `TMPDIR is too long for a socket: ${control}`)
  await writeFile(`${control}.conf`, sshConfig(options.sshConfig))
  const child = start(control, destination, options.bulk === true)
  if (child.pid !== undefined) watchdog?.guardProcess(child.pid)
  const close = ending(child, watchdog)
  try {
    const name = await greeted(child, control, { destination, signal })
    const log = await readLog(control)
    return { control, account: accountIn(log, name, destination), hostKey: hostKeyOf(log), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** What ssh has written about that connection so far. */
export async function readLog(control: string): Promise<string> {
  try {
    return await readFile(`${control}.log`, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}

/** Says who it is there, then waits for the pipe from here to close: then the connection ends, whoever closed it. */
const GREETING = 'printf "runbook:%s\\n" "$(id -un 2>/dev/null)"; exec cat >/dev/null'

function start(control: string, destination: string, isBulk: boolean): ChildProcess {
  const argv = [
    ...['-F', `${control}.conf`, '-E', `${control}.log`, '-M', '-S', control],
    // Its debugging lines tell the host's key, and which forward failed and why.
    ...['-o', 'LogLevel=DEBUG1', '-o', `Compression=${isBulk ? 'no' : 'yes'}`, '-T', '--', destination],
    `exec sh -c '${GREETING}'`,
  ]
  // A session of its own: Ctrl-C in the terminal is the run's to handle, and there is nobody to ask for a passphrase.
  return spawn('ssh', argv, { detached: true, stdio: ['pipe', 'pipe', 'pipe'], env: sshEnvironment() })
}

/** In English, since its words are read by us; and never asking anybody. */
export function sshEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: 'C', SSH_ASKPASS_REQUIRE: 'never' }
}

interface Greeting {
  readonly destination: string
  readonly signal: AbortSignal
}

/** The account's name, once commands run there. @throws Unreachable */
async function greeted(child: ChildProcess, control: string, { destination, signal }: Greeting): Promise<string> {
  const { stdout, stderr, stdin } = child
  if (stdout === null || stderr === null || stdin === null) throw new Error('ssh has no pipes')
  const complaints = capped(stderr, 64_000)
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let printed = ''
  const onData = (chunk: Buffer): void => {
    printed = (printed + chunk.toString('utf8')).slice(-10_000)
    const name = /^runbook:(.*)\n/m.exec(printed)?.[1]
    if (name !== undefined) resolve(name)
  }
  const fail = (text: string): void => reject(unreachable(destination, text))
  const onAbort = (): void => fail(`ssh ${destination}: the run was interrupted while it connected`)
  const timer = setTimeout(() => {
    fail(`ssh ${destination}: connected to nothing that answers within ${OPEN_MS / 1_000} s; try it by hand`)
  }, OPEN_MS)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  stdin.on('error', () => undefined)
  stdout.on('data', onData)
  child.once('error', (error) => fail(`ssh could not be started: ${error.message}; install the OpenSSH client`))
  child.once('close', () => {
    readLog(control).then((log) => {
      const text = `${log}\n${complaints.text()}`
      fail(/^Authenticated to/m.test(text) ? noShell(destination, printed) : causeInWords({ destination, text }))
    }, reject)
  })
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}

function noShell(destination: string, printed: string): string {
  const answer = printed.trim().slice(0, 300) || 'nothing'
  return `ssh ${destination}: we were let in, and the account runs no command of ours (it answered: ${answer}); give it a POSIX shell and no forced command`
}

function accountIn(log: string, name: string, destination: string): string {
  const [, host, port] = /^Authenticated to \S+ \(\[(.+)\]:(\d+)\)/m.exec(log) ?? []
  const [, viaHost] = /^Authenticated to (\S+) \(via proxy\)/m.exec(log) ?? []
  if (host !== undefined) return `${name}@${host.includes(':') ? `[${host}]` : host}:${port}`
  return `${name}@${viaHost ?? destination} (through a jump host or proxy)`
}

function ending(child: ChildProcess, watchdog: Watchdog | undefined): () => Promise<void> {
  let ended: Promise<void> | undefined
  return () => {
    ended ??= end(child, watchdog)
    return ended
  }
}

async function end(child: ChildProcess, watchdog: Watchdog | undefined): Promise<void> {
  const { pid } = child
  if (pid === undefined) return
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit')
    signalGroup(pid, 'SIGTERM')
    const impatience = setTimeout(() => signalGroup(pid, 'SIGKILL'), END_MS)
    await exited
    clearTimeout(impatience)
  }
  for (const stream of child.stdio) stream?.destroy()
  watchdog?.release({ pid })
}

/** The whole group: jump hosts are reached by processes of their own. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** The one cause of everything that a missing or lost connection keeps from being looked at. */
export function unreachable(destination: string, text: string): Unreachable {
  return new Unreachable(`ssh:${destination}`, text, { refused: false })
}
