import { spawn } from 'node:child_process'
import { Unreachable } from '../outcome.ts'
import { capped } from './capped.ts'
import type { CommandOptions, CommandResult, Shell } from './shell.ts'

/** How long streams may stay open after the command itself has ended (an orphan may hold them), in milliseconds. */
const STREAM_GRACE_MS = 250

/** A shell on this very machine, as the account that runs the suite or, where that is root, as another. */
export function localShell(account: { readonly uid?: number; readonly gid?: number } = {}): Shell {
  return { run: (argv, options) => run(argv, options, account), close: async () => undefined }
}

function run(argv: readonly string[], options: CommandOptions, account: { uid?: number; gid?: number }): Promise<CommandResult> {
  const [command = '', ...rest] = argv
  const { promise, resolve, reject } = Promise.withResolvers<CommandResult>()
  const child = spawn(command, rest, { ...account, cwd: '/', detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
  const stdout = capped(child.stdout, options.maxBytes)
  const stderr = capped(child.stderr, options.maxBytes)
  const fail = (text: string): void => {
    killGroup(child.pid)
    reject(new Unreachable('local', text, { refused: false }))
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
