import { PassThrough } from 'node:stream'
import type Dockerode from 'dockerode'
import { Unreachable } from '../outcome.ts'
import { capped } from './capped.ts'
import { type CommandOptions, type CommandResult, Lost, type Shell } from './shell.ts'

/**
 * A shell inside a running container, by the engine that DOCKER_HOST names or the usual socket. Whoever uses it has the effect
 * `exec`.
 */
export function containerShell(container: string): Shell {
  return { run: (argv, options) => run(container, argv, options), close: async () => undefined }
}

async function run(container: string, argv: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const { default: Docker } = await import('dockerode')
  const limit = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)])
  const command = argv[0] ?? ''
  const { promise: cutOff, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => reject(failure(container, overdue(command, container, options)))
  limit.addEventListener('abort', onAbort, { once: true })
  if (limit.aborted) onAbort()
  let opened: NodeJS.ReadWriteStream | undefined
  try {
    return await Promise.race([exec(new Docker(), container, argv, options, (stream) => (opened = stream)), cutOff])
  } catch (error) {
    throw error instanceof Unreachable ? error : failure(container, refusal(command, container, error))
  } finally {
    limit.removeEventListener('abort', onAbort)
    if (opened !== undefined && 'destroy' in opened && typeof opened.destroy === 'function') opened.destroy()
  }
}

async function exec(
  docker: Dockerode,
  container: string,
  argv: readonly string[],
  { stdin = '', maxBytes }: CommandOptions,
  onOpened: (stream: NodeJS.ReadWriteStream) => void,
): Promise<CommandResult> {
  const streams = { AttachStdin: true, AttachStdout: true, AttachStderr: true, Tty: false }
  const command = await docker.getContainer(container).exec({ Cmd: [...argv], ...streams })
  const stream = await command.start({ hijack: true, stdin: true })
  onOpened(stream)
  const [out, err] = [new PassThrough(), new PassThrough()]
  const stdout = capped(out, maxBytes)
  const stderr = capped(err, maxBytes)
  docker.modem.demuxStream(stream, out, err)
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>()
  stream.once('end', resolve)
  stream.once('close', resolve)
  stream.once('error', reject)
  stream.end(stdin)
  await ended
  const { ExitCode } = await command.inspect()
  if (typeof ExitCode !== 'number')
    throw new Lost(failure(container, `the engine broke off ${argv[0]} in the container ${container}`), stdout.text())
  // The engine could not start it, and says so in the command's place.
  if (ExitCode >= 126 && stdout.text().startsWith('OCI runtime exec failed')) throw new Error(stdout.text().trim())
  return { exitCode: ExitCode, stdout: stdout.text(), stderr: stderr.text(), truncated: stdout.truncated() || stderr.truncated() }
}

function overdue(command: string, container: string, { signal, timeoutMs }: CommandOptions): string {
  if (!signal.aborted) return `${command} did not end within ${timeoutMs} ms in the container ${container}`
  return `${command} was cut off in the container ${container}: the observation's time was up or the run was interrupted`
}

function refusal(command: string, container: string, error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return `${command} could not be run in the container ${container}: ${text}; is it running, and does the engine answer (docker ps)?`
}

function failure(container: string, text: string): Unreachable {
  return new Unreachable(`container:${container}`, text, { refused: false })
}
