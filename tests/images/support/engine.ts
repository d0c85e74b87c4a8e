import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { extract } from 'tar-stream'

/** What the engine of a test has and how it behaves. */
export interface EngineScript {
  /** Names of images that are there; pulls and builds add to them. */
  readonly present?: readonly string[]
  /** The registry's word on a pull: an error's text, or `silent` for one that never answers; absent: it has every image. */
  readonly registry?: (reference: string) => string | undefined
  /** The last event of a build. */
  readonly buildEnds?: (name: string) => object
  readonly rootDirectory?: string
}

export interface ScriptedEngine extends AsyncDisposable {
  readonly docker: Docker
  readonly pulled: string[]
  /** Name, arguments and file names of each build. */
  readonly built: { readonly name: string; readonly arguments: Readonly<Record<string, string>>; readonly files: string[] }[]
}

/** A container engine over a real socket that keeps only the names of images. */
export async function scriptedEngine(script: EngineScript = {}): Promise<ScriptedEngine> {
  const directory = await mkdtemp(join(tmpdir(), 'scripted-engine-'))
  const socketPath = join(directory, 'docker.sock')
  const present = new Set(script.present)
  const pulled: string[] = []
  const built: ScriptedEngine['built'] = []

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://engine')
    const path = decodeURIComponent(pathname)
    const send = (status: number, body: unknown) => response.writeHead(status).end(`${JSON.stringify(body)}\n`)
    if (path === '/images/json') return void send(200, [{ RepoTags: [...present] }])
    if (path === '/info') return void send(200, { DockerRootDir: script.rootDirectory ?? '/nowhere' })
    if (path === '/images/create') {
      const reference = referenceAsked(searchParams)
      pulled.push(reference)
      const refusal = script.registry?.(reference)
      if (refusal === 'silent') return
      if (refusal !== undefined) return void send(500, { message: refusal })
      present.add(reference)
      return void send(200, { status: `Pulling ${reference}` })
    }
    if (path === '/build') {
      const name = searchParams.get('t') ?? ''
      const files: string[] = []
      const unpacked = request.pipe(extract())
      for await (const entry of unpacked) {
        files.push(entry.header.name)
        entry.resume()
      }
      built.push({ name, arguments: JSON.parse(searchParams.get('buildargs') ?? '{}'), files })
      const last = script.buildEnds?.(name) ?? { stream: 'Successfully built' }
      if (!('error' in last)) present.add(name)
      response.write(`${JSON.stringify({ stream: 'Step 1/1 : RUN something' })}\n`)
      return void response.end(`${JSON.stringify(last)}\n`)
    }
    const asked = /^\/images\/(.+)\/json$/.exec(path)?.[1] ?? ''
    if (!present.has(asked)) return void send(404, { message: `No such image: ${asked}` })
    const digest = asked.split('@')[1]
    send(200, { Id: `sha256:${'1'.repeat(64)}`, RepoDigests: digest === undefined ? [] : [`name@${digest}`] })
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined))
  })
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  return {
    docker: new Docker({ socketPath }),
    pulled,
    built,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(directory, { recursive: true })
    },
  }
}

/** The client sends name and tag apart where there is a tag alone, and in one piece where there is a digest. */
function referenceAsked(query: URLSearchParams): string {
  const [image, tag] = [query.get('fromImage') ?? '', query.get('tag') ?? '']
  return tag === '' ? image : `${image}${tag.startsWith('sha256:') ? '@' : ':'}${tag}`
}
