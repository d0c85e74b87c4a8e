import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import type { Readable } from 'node:stream'
import { capped } from '../capped.ts'
import { quote } from '../questions.ts'
import { CommandFailed, type CommandOptions, type CommandResult, Lost, type Shell, type StreamOptions } from '../shell.ts'
import { streamed } from '../streamed.ts'
import { readLog, signalGroup, sshEnvironment, unreachable } from './master.ts'
import { endOf } from './words.ts'

/** How long streams may stay open after ssh itself has ended, in milliseconds. */
const STREAM_GRACE_MS = 250
/** How much of a streamed command's complaint is kept, in bytes. */
const COMPLAINT_BYTES = 16_000

/** A shell over a connection that is up. Where that is lost, every command ends with this one cause; none connects anew. */
export function sshShell(control: string, destination: string): Shell {
  const connection = { control, destination }
  return {
    run: (argv, options) => run(connection, argv, options),
    stream: (argv, options) => stream(connection, argv, options),
    close: async () => undefined,
  }
}

interface Connection {
  readonly control: string
  readonly destination: string
}

function stream(connection: Connection, argv: readonly string[], options: StreamOptions): Readable {
  const mark = randomBytes(12).toString('hex')
  const { control, destination } = connection
  const command = argv[0] ?? ''
  const child = spawn('ssh', ['-n', ...clientArguments(control), remoteCommand(argv, mark)], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: sshEnvironment(),
  })
  const complaint = capped(child.stderr, COMPLAINT_BYTES, `\n${mark} 255\n`.length)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  child.once('error', (error) =>
    reject(unreachable(destination, `ssh could not be started: ${error.message}; install the OpenSSH client`)),
  )
  child.once('close', () => {
    const exitCode = exitCodeIn(complaint.tail(), mark)
    const said = complaint.text().replace(markAtEnd(mark), '')
    if (exitCode === 0) resolve()
    else if (exitCode !== undefined) reject(new CommandFailed(command, exitCode, said))
    // Without the mark it was ssh that ended, and not the command: what came may be a part.
    else lostCause(connection, command, said).then(reject, reject)
  })
  // Asked for only once the output has ended; until then a rejection is nobody's yet.
  void Promise.allSettled([promise])
  return streamed(
    {
      command,
      place: `on ${destination}`,
      output: child.stdout,
      ended: () => promise,
      kill: () => killIfAlive(child),
      unreachable: (text) => unreachable(destination, text),
    },
    options,
  )
}

function killIfAlive({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null && signalCode === null) signalGroup(pid, 'SIGKILL')
}

async function run(connection: Connection, argv: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const mark = randomBytes(12).toString('hex')
  const { control, destination } = connection
  const child = spawn('ssh', [...clientArguments(control), remoteCommand(argv, mark)], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: sshEnvironment(),
  })
  const stdout = capped(child.stdout, options.maxBytes)
  const markBytes = `\n${mark} 255\n`.length
  const stderr = capped(child.stderr, options.maxBytes + markBytes, markBytes)
  const { promise, resolve, reject } = Promise.withResolvers<CommandResult>()
  const command = argv[0] ?? ''
  const fail = (text: string): void => {
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL')
    reject(new Lost(unreachable(destination, text), stdout.text()))
  }
  const timer = setTimeout(
    () => fail(`${command} did not end within ${options.timeoutMs} ms on ${destination}`),
    options.timeoutMs,
  )
  const onAbort = (): void =>
    fail(`${command} was cut off on ${destination}: the observation's time was up or the run was interrupted`)
  options.signal.addEventListener('abort', onAbort, { once: true })
  if (options.signal.aborted) onAbort()
  child.once('error', (error) => fail(`ssh could not be started: ${error.message}; install the OpenSSH client`))
  const finish = async (): Promise<void> => {
    const exitCode = exitCodeIn(stderr.tail(), mark)
    // Without the mark it was ssh that ended, and not the command, whatever its exit code.
    if (exitCode === undefined) throw new Lost(await lostCause(connection, command, stderr.text()), stdout.text())
    const complaint = stderr.truncated() ? stderr.text().slice(0, options.maxBytes) : stderr.text().replace(markAtEnd(mark), '')
    resolve({ exitCode, stdout: stdout.text(), stderr: complaint, truncated: stdout.truncated() || stderr.truncated() })
  }
  child.once('exit', () => {
    const grace = setTimeout(() => {
      child.stdout.destroy()
      child.stderr.destroy()
    }, STREAM_GRACE_MS)
    child.once('close', () => {
      clearTimeout(grace)
      finish().catch(reject)
    })
  })
  // A command that ends without reading its input closes the pipe; how it ended says all there is to say.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.stdin ?? '')
  return promise.finally(() => {
    clearTimeout(timer)
    options.signal.removeEventListener('abort', onAbort)
  })
}

function clientArguments(control: string): string[] {
  // Without its connection ssh would quietly make a new one; a proxy that fails forbids it that.
  return ['-F', '/dev/null', '-S', control, '-o', 'ProxyCommand=exit 1', '-o', 'LogLevel=ERROR', '-T', '--', 'host']
}

/** The command, in any login shell, followed by a mark and its exit code on stderr: ssh's own 255 carries none. */
function remoteCommand(argv: readonly string[], mark: string): string {
  return `exec sh -c ${quote(`"$@"; printf '\\n%s %s\\n' ${mark} "$?" >&2`)} sh ${argv.map(quote).join(' ')}`
}

function markAtEnd(mark: string): RegExp {
  return new RegExp(`\\n${mark} (\\d+)\\n$`)
}

function exitCodeIn(tail: string, mark: string): number | undefined {
  const code = markAtEnd(mark).exec(tail)?.[1]
  return code === undefined ? undefined : Number(code)
}

async function lostCause({ control, destination }: Connection, command: string, complaint: string) {
  if (await isUp(control)) {
    const said = complaint.trim().slice(0, 300) || 'no output'
    return unreachable(destination, `${command} on ${destination} ended without an exit code: killed there, or refused (${said})`)
  }
  return lostConnection(control, destination)
}

/** The one cause of everything that could not be looked at after a connection was lost. */
export async function lostConnection(control: string, destination: string) {
  const last = endOf(await readLog(control))
  const text = `the ssh connection to ${destination} was lost${last === '' ? '' : ` (${last})`}; what was seen before stays seen, run it again for the rest`
  return unreachable(destination, text)
}

/** True where the connection's own process still answers on its socket. */
export function isUp(control: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(control)
  socket.once('connect', () => resolve(true))
  socket.once('error', () => resolve(false))
  return promise.finally(() => socket.destroy())
}
