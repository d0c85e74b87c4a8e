import { PassThrough, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type Dockerode from 'dockerode'
import { capped } from '../../host/capped.ts'

/** How a command inside a container ended. */
export interface Ended {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface ExecOptions {
  /** Streamed, never held whole. */
  readonly stdin?: string | Readable
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

const MAX_BYTES = 16 * 1024 * 1024

/** Runs a command inside a container as root, by the engine. @throws Error where it could not be started or did not end in time. */
export async function execIn(container: Dockerode.Container, argv: readonly string[], options: ExecOptions): Promise<Ended> {
  const { stdin = '', timeoutMs, signal } = options
  const limit = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])])
  const command = await container.exec({
    Cmd: [...argv],
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    abortSignal: limit,
  })
  const stream = await command.start({ hijack: true, stdin: true })
  const [out, err] = [new PassThrough(), new PassThrough()]
  const [stdout, stderr] = [capped(out, MAX_BYTES), capped(err, MAX_BYTES)]
  command.modem.demuxStream(stream, out, err)
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>()
  const onAbort = (): void => reject(new Error(`${argv.slice(0, 3).join(' ')} did not end within ${timeoutMs} ms`))
  limit.addEventListener('abort', onAbort, { once: true })
  stream.once('end', resolve).once('close', resolve).once('error', reject)
  try {
    const sent = typeof stdin === 'string' ? stream.end(stdin) : pipeline(stdin, stream)
    await Promise.all([ended, sent])
    const { ExitCode } = await command.inspect()
    return { exitCode: ExitCode ?? -1, stdout: stdout.text(), stderr: stderr.text() }
  } finally {
    limit.removeEventListener('abort', onAbort)
    stream.destroy()
  }
}
