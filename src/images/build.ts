import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type Dockerode from 'dockerode'
import type { ContextFile } from './context.ts'
import { followed } from './engine-work.ts'
import { EngineUnusable, engineWords, ImageFailed, messageOf, refuseFullDisk } from './failures.ts'

/** A build: what it is made of and what it is called. */
export interface Build {
  readonly name: string
  readonly files: readonly ContextFile[]
  readonly arguments?: Readonly<Record<string, string>>
  /** Default: that it is an image of this project, by which an update finds the old ones. */
  readonly labels?: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  readonly onStep: (text: string) => void
}

/** Variables by which the programs in a build find their way out; an engine keeps these out of the image's history. */
const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy']

/** Builds an image. @throws ImageFailed with the last lines of the output, EngineUnusable where the disk is full. */
export async function build(docker: Dockerode, { name, files, signal, onStep, ...options }: Build): Promise<void> {
  const { pack } = await import('tar-stream')
  const context = pack()
  const abort = new AbortController()
  const either = AbortSignal.any([signal, abort.signal])
  const sent = send(context, files).catch((error: unknown) => abort.abort(error))
  try {
    // The library's types do not know the signal.
    const settings: Dockerode.ImageBuildOptions & { readonly abortSignal: AbortSignal } = {
      t: name,
      buildargs: { ...proxies(), ...options.arguments },
      labels: { ...(options.labels ?? { 'runbook.image': name }) },
      rm: true,
      forcerm: true,
      abortSignal: either,
    }
    const stream = await docker.buildImage(Readable.from(context), settings)
    await followed({ docker, stream, signal: either, onStep })
    await sent
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof EngineUnusable) throw error
    const said = engineWords(messageOf(abort.signal.aborted ? abort.signal.reason : error))
    refuseFullDisk(said)
    throw new ImageFailed(`building ${name} failed: ${said}`)
  } finally {
    context.destroy()
  }
}

/** Streams the files: none of them is held in memory. Times and owners are left out, so that equal files are equal to the engine's cache. */
async function send(context: import('tar-stream').Pack, files: readonly ContextFile[]): Promise<void> {
  for (const { name, file, isExecutable } of files) {
    const { size } = await stat(file)
    const entry = context.entry({ name, size, mode: isExecutable ? 0o755 : 0o644, mtime: new Date(0) })
    await pipeline(createReadStream(file), entry)
  }
  context.finalize()
}

function proxies(): Record<string, string> {
  return Object.fromEntries(PROXIES.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name] ?? '']])))
}
