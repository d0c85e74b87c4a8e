import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { Unreachable } from '../outcome.ts'
import { capped } from './capped.ts'
import { CommandFailed, type CommandOptions, type CommandResult, Lost, type Shell, type StreamOptions } from './shell.ts'
import { streamed } from './streamed.ts'

/** How long streams may stay open after the command itself has ended (an orphan may hold them), in milliseconds. */
const STREAM_GRACE_MS = 250

/** How much of a streamed command's complaint is kept, in bytes. */
const COMPLAINT_BYTES = 16_000

interface Account {
  readonly uid?: number
  readonly gid?: number
}

/** A shell on this very machine, as the account that runs the suite or, where that is root, as another. */
export function localShell(account: Account = {}): Shell {
  return {
    run: (argv, options) => run(argv, options, account),
    stream: (argv, options) => stream(argv, options, account),
    close: async () => undefined,
  }
}

function stream(argv: readonly string[], options: StreamOptions, account: Account): Readable {
  const [command = '', ...rest] = argv
  const child = spawn(command, rest, { ...account, cwd: '/', detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const complaint = capped(child.stderr, COMPLAINT_BYTES)
  const unreachable = (text: string): Unreachable => new Unreachable('local', text, { refused: false })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  child.once('close', (code, signal) => {
    if (code === 0) resolve()
    else if (code === null) reject(unreachable(`${command} was ended by ${signal ?? 'a signal'} on this machine`))
    else reject(new CommandFailed(command, code, complaint.text()))
  })
  child.once('error', (error) => reject(unreachable(`${command} could not be started on this machine: ${error.message}`)))
  // Asked for only once the output has ended; until then a rejection is nobody's yet.
  void Promise.allSettled([promise])
  const kill = (): void => (child.exitCode === null && child.signalCode === null ? killGroup(child.pid) : undefined)
  const printing = { command, place: 'on this machine', output: child.stdout, ended: () => promise, kill, unreachable }
  return streamed(printing, options)
}

function run(argv: readonly string[], options: CommandOptions, account: Account): Promise<CommandResult> {
  const [command = '', ...rest] = argv
  const { promise, resolve, reject } = Promise.withResolvers<CommandResult>()
  const child = spawn(command, rest, { ...account, cwd: '/', detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
  const stdout = capped(child.stdout, options.maxBytes)
  const stderr = capped(child.stderr, options.maxBytes)
  const fail = (text: string): void => {
    killGroup(child.pid)
    reject(new Lost(new Unreachable('local', text, { refused: false }), stdout.text()))
  }
  const timer = setTimeout(() => fail(`${command} did not end within ${options.timeoutMs} ms on this machine`), options.timeoutMs)
  const onAbort = (): void =>
    fail(`${command} was cut off on this machine: the observation's time was up or the run was interrupted`)
  options.signal.addEventListener('abort', onAbort, { once: true })
  if (options.signal.aborted) onAbort()
  child.once('error', (error) => fail(`${command} could not be started on this machine: ${error.message}`))
  child.once('exit', (code, signal) => {
    const finish = (): void => {
      clearTimeout(grace)
      if (code === null) {
        fail(`${command} was ended by ${signal ?? 'a signal'} on this machine`)
        return
      }
      const truncated = stdout.truncated() || stderr.truncated()
      resolve({ exitCode: code, stdout: stdout.text(), stderr: stderr.text(), truncated })
    }
    const grace = setTimeout(() => {
      child.stdout.destroy()
      child.stderr.destroy()
      finish()
    }, STREAM_GRACE_MS)
    child.once('close', finish)
  })
  // A command that ends without reading its input closes the pipe; how it ended says all there is to say.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.stdin ?? '')
  return promise.finally(() => {
    clearTimeout(timer)
    options.signal.removeEventListener('abort', onAbort)
  })
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
