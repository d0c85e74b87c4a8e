import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'

/** What the engine says of itself, where that is not that of a fit one. */
export interface FakeEngineScript {
  readonly apiVersion?: string
  readonly memory?: number
  /** Where it says that it keeps images. */
  readonly directory?: string
  /** It takes connections and answers nothing. */
  readonly silent?: boolean
  /** Its registry's word on every image. */
  readonly refusal?: string
}

export interface FakeEngine extends AsyncDisposable {
  readonly socket: string
  /** Requests that would have changed something, such as `POST /containers/create`. */
  readonly changes: readonly string[]
}

/** A container engine over a unix socket that has nothing and can do nothing. */
export async function fakeEngine(script: FakeEngineScript): Promise<FakeEngine> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'fake-engine-'))
  const socket = path.join(directory, 'docker.sock')
  const changes: string[] = []
  const server = http.createServer((request, response) => {
    if (script.silent) return
    const { pathname } = new URL(request.url ?? '/', 'http://engine')
    const at = pathname.replace(/^\/v\d+\.\d+/, '')
    const send = (status: number, body: unknown) => response.writeHead(status).end(`${JSON.stringify(body)}\n`)
    if (request.method !== 'GET') changes.push(`${request.method} ${at}`)
    request.resume()
    if (at === '/_ping') return void response.end('OK')
    if (at === '/version') return void send(200, { ApiVersion: script.apiVersion ?? '1.47', Version: '27.0.0' })
    if (at === '/info') return void send(200, infoOf(script))
    if (at === '/volumes') return void send(200, { Volumes: [] })
    if (at === '/networks') return void send(200, [])
    if (at === '/images/create') return void send(500, { message: script.refusal ?? 'refused' })
    if (/^\/(containers|images)\/json$/.test(at)) return void send(200, [])
    send(404, { message: `no such thing: ${at}` })
  })
  server.listen(socket)
  await once(server, 'listening')
  return {
    socket,
    changes,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

function infoOf({ memory = 8e9, directory = '/nowhere' }: FakeEngineScript): Record<string, unknown> {
  return {
    ServerVersion: '27.0.0',
    OperatingSystem: 'Fake Linux',
    OSType: 'linux',
    Architecture: 'x86_64',
    NCPU: 2,
    MemTotal: memory,
    DockerRootDir: directory,
    IndexServerAddress: 'https://registry.example.test/',
  }
}
