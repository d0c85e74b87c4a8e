import { spawn } from 'node:child_process'
import { ImageFailed } from './failures.ts'

/** Characters of a failed tool's output that an error repeats. */
const TAIL = 2_000

interface ToolOptions {
  readonly directory: string
  readonly environment?: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** Takes the standard output; where absent it is part of the error. */
  readonly onOutput?: (output: NodeJS.ReadableStream) => Promise<void>
}

/** A command of this machine is not installed. */
export class ToolMissing extends ImageFailed {}

/** Runs a command of this machine to its end. @throws ToolMissing, or ImageFailed with the end of what it said. */
export async function runTool(argv: readonly string[], options: ToolOptions): Promise<void> {
  const [command = '', ...rest] = argv
  const child = spawn(command, rest, {
    cwd: options.directory,
    env: { ...process.env, ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: options.signal,
  })
  let said = ''
  const keep = (chunk: string) => {
    said = (said + chunk).slice(-TAIL)
  }
  child.stderr.setEncoding('utf8').on('data', keep)
  const consumed = options.onOutput?.(child.stdout) ?? Promise.resolve()
  if (options.onOutput === undefined) child.stdout.setEncoding('utf8').on('data', keep)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  child.once('error', (error: NodeJS.ErrnoException) =>
    reject(
      error.code === 'ENOENT'
        ? new ToolMissing(`the command ${command}, which this is made with, is not installed on this machine`)
        : error,
    ),
  )
  child.once('close', (code, killedBy) =>
    code === 0 ? resolve() : reject(new ImageFailed(`\`${argv.join(' ')}\` ended with ${killedBy ?? code}: ${said.trim()}`)),
  )
  const [ended, output] = await Promise.allSettled([promise, consumed])
  options.signal.throwIfAborted()
  if (ended.status === 'rejected') throw ended.reason
  if (output.status === 'rejected') throw output.reason
}
