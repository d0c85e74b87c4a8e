import { PassThrough, type Readable, Transform } from 'node:stream'
import type Dockerode from 'dockerode'
import { Unreachable } from '../outcome.ts'
import { capped } from './capped.ts'
import { CommandFailed, type CommandOptions, type CommandResult, Lost, type Shell, type StreamOptions } from './shell.ts'
import { streamed } from './streamed.ts'

/** How much of a streamed command's complaint is kept, in bytes. */
const COMPLAINT_BYTES = 16_000
/** Docker puts so many bytes before each piece of output: which stream it is of, and its length. */
const HEADER_BYTES = 8

/**
 * A shell inside a running container, by the engine that DOCKER_HOST names or the usual socket. Whoever uses it has the effect
 * `exec`.
 */
export function containerShell(container: string): Shell {
  return {
    run: (argv, options) => run(container, argv, options),
    stream: (argv, options) => stream(container, argv, options),
    close: async () => undefined,
  }
}

function stream(container: string, argv: readonly string[], options: StreamOptions): Readable {
  const [command = ''] = argv
  const { output, complaint } = apart()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let opened: NodeJS.ReadWriteStream | undefined
  const start = async (): Promise<void> => {
    const { default: Docker } = await import('dockerode')
    const streams = { AttachStdin: false, AttachStdout: true, AttachStderr: true, Tty: false }
    const exec = await new Docker().getContainer(container).exec({ Cmd: [...argv], ...streams })
    opened = await exec.start({ hijack: true, stdin: false })
    if (output.destroyed) return kill()
    opened.on('error', (error) => output.destroy(failure(container, refusal(command, container, error))))
    opened.pipe(output)
    output.once('end', () => void exec.inspect().then(({ ExitCode }) => judge(ExitCode), reject))
  }
  const judge = (exitCode: unknown): void => {
    if (exitCode === 0) resolve()
    else if (typeof exitCode === 'number') reject(new CommandFailed(command, exitCode, complaint()))
    else reject(failure(container, `the engine broke off ${command} in the container ${container}`))
  }
  const kill = (): void => {
    if (opened !== undefined && 'destroy' in opened && typeof opened.destroy === 'function') opened.destroy()
  }
  void Promise.allSettled([promise])
  start().catch((error: unknown) => output.destroy(failure(container, refusal(command, container, error))))
  const unreachable = (text: string): Unreachable => failure(container, text)
  const printing = { command, place: `in the container ${container}`, output, ended: () => promise, kill, unreachable }
  return streamed(printing, options)
}

/** Takes the engine's mixed stream apart: standard output passes, of the other stream the beginning is kept. */
function apart(): { readonly output: Transform; readonly complaint: () => string } {
  let rest: Buffer = Buffer.alloc(0)
  let left = 0
  let isOutput = false
  let said = ''
  const output = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      while (rest.length > 0 && (left > 0 || rest.length >= HEADER_BYTES)) {
        if (left === 0) {
          isOutput = rest[0] === 1
          left = rest.readUInt32BE(4)
          rest = rest.subarray(HEADER_BYTES)
          continue
        }
        const part = rest.subarray(0, left)
        if (isOutput) output.push(part)
        else said = `${said}${part.toString('utf8')}`.slice(0, COMPLAINT_BYTES)
        left -= part.length
        rest = rest.subarray(part.length)
      }
      done()
    },
  })
  return { output, complaint: () => said }
}

async function run(container: string, argv: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const { default: Docker } = await import('dockerode')
  const limit = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)])
  const command = argv[0] ?? ''
  const { promise: cutOff, reject } = Promise.withResolvers<never>()
  let begun: Begun | undefined
  const onAbort = (): void => reject(new Lost(failure(container, overdue(command, container, options)), begun?.seen() ?? ''))
  limit.addEventListener('abort', onAbort, { once: true })
  if (limit.aborted) onAbort()
  try {
    return await Promise.race([exec(new Docker(), container, argv, options, (one) => (begun = one)), cutOff])
  } catch (error) {
    throw error instanceof Unreachable ? error : failure(container, refusal(command, container, error))
  } finally {
    limit.removeEventListener('abort', onAbort)
    const { stream: opened } = begun ?? {}
    if (opened !== undefined && 'destroy' in opened && typeof opened.destroy === 'function') opened.destroy()
  }
}

/** A command that has begun. */
interface Begun {
  readonly stream: NodeJS.ReadWriteStream
  /** What it has printed so far. */
  readonly seen: () => string
}

async function exec(
  docker: Dockerode,
  container: string,
  argv: readonly string[],
  { stdin = '', maxBytes }: CommandOptions,
  onBegun: (begun: Begun) => void,
): Promise<CommandResult> {
  const streams = { AttachStdin: true, AttachStdout: true, AttachStderr: true, Tty: false }
  const command = await docker.getContainer(container).exec({ Cmd: [...argv], ...streams })
  const stream = await command.start({ hijack: true, stdin: true })
  const [out, err] = [new PassThrough(), new PassThrough()]
  const stdout = capped(out, maxBytes)
  onBegun({ stream, seen: () => stdout.text() })
  const stderr = capped(err, maxBytes)
  docker.modem.demuxStream(stream, out, err)
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>()
  stream.once('end', resolve)
  stream.once('close', resolve)
  stream.once('error', (error) => reject(new Lost(failure(container, refusal(argv[0] ?? '', container, error)), stdout.text())))
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
